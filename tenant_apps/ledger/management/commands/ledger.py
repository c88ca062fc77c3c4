import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from kernel.errors import DomainError, NotFound
from kernel.money import Money
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.queries import brand_called, brands_listed
from tenant_apps.ledger.queries import flaws, trial_balance

EXAMPLES = """examples:
  manage.py ledger trial-balance --brand aurora.example
  manage.py ledger verify --all --json
"""


class Command(BaseCommand):
    help = "Look at a brand's books: the trial balance, or a proof that nothing in them is wrong (exit 1 if it is)."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["verify", "trial-balance"])
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--brand", help="host, name or id")
        whose.add_argument("--all", action="store_true", help="every brand, one after the other")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        look = _verified if options["verb"] == "verify" else _trial_balance
        try:
            answers = []
            for brand in _brands(options["brand"]):
                with brand_entered(brand):
                    answers.append({"brand": brand.name, **look()})
        except DomainError as refused:
            self.stderr.write(
                json.dumps(refused.as_dict()) if options["json"] else f"{refused.code}: {refused.message}"
            )
            sys.exit(2)
        self.stdout.write(json.dumps({"brands": answers}) if options["json"] else _as_lines(answers))
        if any(answer.get("flaws") for answer in answers):
            sys.exit(1)


def _brands(wanted: str | None) -> list[Brand]:
    if wanted is None:
        return brands_listed()
    brand = brand_called(wanted)
    if brand is None:
        raise NotFound(f"No brand is called {wanted!r}: give its host, name or id.", field="brand")
    return [brand]


def _verified() -> dict[str, Any]:
    return {"flaws": [asdict(flaw) for flaw in flaws()]}


def _trial_balance() -> dict[str, Any]:
    rows = trial_balance()
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, 0) + row.signed_minor
    return {
        "accounts": [
            {
                "code": row.code, "kind": str(row.kind), "currency": row.currency, "debit_minor": row.debit_minor,
                "credit_minor": row.credit_minor, "balance_minor": row.balance_minor,
            }
            for row in rows
        ],
        "difference_minor": totals,
    }  # fmt: skip


def _as_lines(answers: list[dict[str, Any]]) -> str:
    lines = []
    for answer in answers:
        lines.append(answer["brand"])
        if "flaws" in answer:
            told = [f"  {flaw['check']:<12} {flaw['where']}: {flaw['message']}" for flaw in answer["flaws"]]
            lines += told or ["  The books are in order."]
            continue
        for row in answer["accounts"]:
            lines.append(f"  {row['code']:<60} {Money(row['balance_minor'], row['currency'])!s:>20}  {row['kind']}")
        for currency, difference in answer["difference_minor"].items():
            lines.append(f"  {f'debits − credits, {currency}':<60} {Money(difference, currency)!s:>20}")
    return "\n".join(lines)
