import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from kernel.actor import Actor
from kernel.errors import DomainError, NotFound
from kernel.money import Money
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.queries import brand_called, brands_listed
from tenant_apps.settlements.actions import close_period
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.queries import open_periods, settlements

EXAMPLES = """examples:
  manage.py settlements periods --brand aurora.example
  manage.py settlements close --brand aurora.example --period 2026-05
  manage.py settlements check --all --json
"""
BY_HAND = Actor(kind="platform", id="command-line", label="the command line")


class Command(BaseCommand):
    help = "Close a brand's periods, list those that can be closed, or prove settlements against the books (exit 1)."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        periods = verbs.add_parser("periods", help="list the periods that have ended and can be closed")
        close = verbs.add_parser(
            "close", help="close a month, half-month or week: one settlement per partner and currency"
        )
        check = verbs.add_parser("check", help="compare lines, statements and ledger; exit 1 if they differ")
        close.add_argument("--period", required=True, help="the period: 2026-05, 2026-05-H1 or 2026-W21")
        for parsed in (periods, close):
            parsed.add_argument("--brand", required=True, help="host, name or id")
        whose = check.add_mutually_exclusive_group(required=True)
        whose.add_argument("--brand", help="host, name or id")
        whose.add_argument("--all", action="store_true", help="every brand, one after the other")
        for parsed in verbs.choices.values():
            parsed.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer, lines, wrong = getattr(self, f"_{options['verb']}")(options)
        except DomainError as refused:
            told = json.dumps(refused.as_dict()) if options["json"] else f"{refused.code}: {refused.message}"
            self.stderr.write(told)
            sys.exit(2)
        self.stdout.write(json.dumps(answer) if options["json"] else "\n".join(lines))
        if wrong:
            sys.exit(1)

    def _periods(self, options: dict[str, Any]) -> tuple[dict[str, Any], list[str], bool]:
        with brand_entered(_brand(options["brand"])):
            found = open_periods(now())
        answer = {
            "periods": [
                {"label": each.label, "starts_at": each.starts_at.isoformat(), "ends_at": each.ends_at.isoformat()}
                for each in found
            ]
        }
        return answer, [each.label for each in found] or ["No period can be closed now."], False

    def _close(self, options: dict[str, Any]) -> tuple[dict[str, Any], list[str], bool]:
        brand, label = _brand(options["brand"]), options["period"]
        self.stderr.write(f"{brand.name}: closing {label} …")
        with brand_entered(brand):
            period = close_period(label=label, actor=BY_HAND, at=now())
            drawn_up = list(settlements().filter(period=period))
        answer = {
            "brand": brand.name, "period": period.label, "state": period.state,
            "settlements": [
                {
                    "id": each.public_id, "partner": each.partner_name, "currency": each.currency, "state": each.state,
                    "net_minor": each.net_minor, "payout_minor": each.payout_minor, "closing_minor": each.closing_minor,
                }
                for each in drawn_up
            ],
        }  # fmt: skip
        lines = [f"{brand.name}: {period.label} is closed, {len(drawn_up)} settlements"]
        lines += [f"  {each.partner_name:<40} {Money(each.payout_minor, each.currency)!s:>24}" for each in drawn_up]
        return answer, lines, False

    def _check(self, options: dict[str, Any]) -> tuple[dict[str, Any], list[str], bool]:
        brands = brands_listed() if options["all"] else [_brand(options["brand"])]
        answers, lines = [], []
        for number, brand in enumerate(brands, start=1):
            if len(brands) > 1:
                self.stderr.write(f"{number} of {len(brands)}: {brand.name}")
            with brand_entered(brand):
                found = [asdict(mismatch) for mismatch in mismatches()]
            answers.append({"brand": brand.name, "mismatches": found})
            lines.append(brand.name)
            lines += [f"  {each['check']:<14} {each['where']}: {each['message']}" for each in found]
            lines += [] if found else ["  Lines, settlements, statements and ledger agree."]
        return {"brands": answers}, lines, any(answer["mismatches"] for answer in answers)


def _brand(wanted: str) -> Brand:
    brand = brand_called(wanted)
    if brand is None:
        raise NotFound(f"No brand is called {wanted!r}: give its host, name or id.", field="brand")
    return brand
