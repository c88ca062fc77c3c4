import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from kernel.clock import parse_instant
from kernel.errors import DomainError, NotFound
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.queries import brand_called, brands_listed
from tenant_apps.attribution.queries import decided_since, replay

EXAMPLES = """examples:
  manage.py attribution replay --brand aurora.example
  manage.py attribution replay --since 2026-05-01T00:00:00Z --json
"""


class Command(BaseCommand):
    help = (
        "Decide again from the evidence that every attribution kept, and compare: exit 1 with a list when one differs."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["replay"])
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--brand", help="host, name or id")
        whose.add_argument("--all", action="store_true", help="every brand, one after the other: the rule")
        parser.add_argument("--since", help="only decisions from this instant on: 2026-05-01T00:00:00Z")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            since = parse_instant(options["since"], field="since") if options["since"] else None
            answers = [_replayed(brand, since) for brand in _brands(options["brand"])]
        except DomainError as refused:
            self.stderr.write(
                json.dumps(refused.as_dict()) if options["json"] else f"{refused.code}: {refused.message}"
            )
            sys.exit(2)
        self.stdout.write(json.dumps({"brands": answers}) if options["json"] else _as_lines(answers))
        if any(answer["differences"] for answer in answers):
            sys.exit(1)


def _brands(wanted: str | None) -> list[Brand]:
    if wanted is None:
        return brands_listed()
    brand = brand_called(wanted)
    if brand is None:
        raise NotFound(f"No brand is called {wanted!r}: give its host, name or id.", field="brand")
    return [brand]


def _replayed(brand: Brand, since: datetime | None) -> dict[str, Any]:
    count, differences = 0, []
    with brand_entered(brand):
        for attribution in decided_since(since):
            count += 1
            differences += [
                {"attribution": attribution.public_id, "order": attribution.order_ref, "difference": difference}
                for difference in replay(attribution)
            ]
    return {"brand": brand.name, "replayed": count, "differences": differences}


def _as_lines(answers: list[dict[str, Any]]) -> str:
    lines = []
    for answer in answers:
        lines.append(f"{answer['brand']}: {answer['replayed']} replayed, {len(answer['differences'])} differences")
        lines += [
            f"  {found['attribution']} ({found['order']}): {found['difference']}" for found in answer["differences"]
        ]
    return "\n".join(lines)
