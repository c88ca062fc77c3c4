import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kernel.actor import Actor
from kernel.errors import DomainError, InvalidInput, NotFound
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import brand_called
from shared_apps.outbox.errors import RetryLater
from tenant_apps.reports.actions import advance_export, request_export
from tenant_apps.reports.files import path_of
from tenant_apps.reports.management.simulate import add_arguments as add_simulate
from tenant_apps.reports.management.simulate import simulate
from tenant_apps.reports.models import Export
from tenant_apps.reports.queries import export_by_ref
from tenant_apps.reports.rules import FILTER_NAMES
from tenant_apps.reports.states import ExportFormat, ExportKind, ExportState

EXAMPLES = """examples:
  manage.py reports export commissions --brand aurora.example --state payable --format xlsx
  manage.py reports export transfers --brand aurora.example --since 2026-05-01 --until 2026-05-31 --json
  manage.py reports simulate --brand aurora.example --contract ctv_2k9 --month 2026-06 --json
  manage.py reports simulate --brand aurora.example --terms v5.json --program prg_1 --month 2026-06 --customers new
"""
BY_HAND = Actor(kind="platform", id="command-line", label="the command line")


class Command(BaseCommand):
    help = (
        "Write a brand's rows into a file, or run a time once more under other contract terms; exit 2 when it is"
        " refused, 1 when it fails."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        export = verbs.add_parser("export", help="write rows into a CSV, XLSX or JSON file")
        export.add_argument("kind", metavar="KIND", help=", ".join(ExportKind))
        export.add_argument("--brand", required=True, help="host, name or id")
        export.add_argument("--format", default=str(ExportFormat.CSV), help="csv (default), xlsx or json")
        for name in FILTER_NAMES:
            export.add_argument(f"--{name}", default="", help="day such as 2026-05-31" if name in _DAYS else None)
        export.add_argument("--json", action="store_true", help="print one JSON object")
        add_simulate(verbs.add_parser("simulate", help="say what days of the past would have cost under other terms"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            brand = brand_called(options["brand"])
            if brand is None:
                raise NotFound(f"No brand is called {options['brand']!r}: give its host, name or id.", field="brand")
            with brand_entered(brand):
                verb = simulate if options["verb"] == "simulate" else self._export
                answer, sentence, is_done = verb(options)
        except DomainError as refused:
            told = json.dumps(refused.as_dict()) if options["json"] else f"{refused.code}: {_mistakes(refused)}"
            self.stderr.write(told)
            sys.exit(2)
        self.stdout.write(json.dumps(answer) if options["json"] else sentence)
        if not is_done:
            sys.exit(1)

    def _export(self, options: dict[str, Any]) -> tuple[dict[str, Any], str, bool]:
        export = self._written(options)
        path = str(path_of(export))
        answer = {
            "id": export.public_id, "state": export.state, "rows": export.rows_done, "path": path,
            "size": export.size, "sha256": export.sha256, "failure": export.failure,
        }  # fmt: skip
        return answer, _sentence(export, path), export.state == ExportState.DONE

    def _written(self, options: dict[str, Any]) -> Export:
        """Ask for the export and write it here; the worker may take a step of it meanwhile."""
        filters = {name: options[name] for name in FILTER_NAMES if options[name]}
        export = request_export(
            kind=options["kind"], format=options["format"], filters=filters, actor=BY_HAND, at=now()
        )
        while ExportState(export.state).is_open:
            self.stderr.write(f"{export.rows_done} of {export.rows_total} rows")
            try:
                advance_export(export_ref=export.public_id, step=export.step, at=now())
            except RetryLater:
                time.sleep(0.2)
            export = export_by_ref(export.public_id) or export
        return export


_DAYS = ("since", "until")


def _mistakes(refused: DomainError) -> str:
    if isinstance(refused, InvalidInput):
        return "; ".join(f"{error['field']}: {error['message']}" for error in refused.errors)
    return refused.message


def _sentence(export: Export, path: str) -> str:
    if export.state == ExportState.DONE:
        return f"{export.rows_done} rows in {path}\nsha256 {export.sha256}"
    return f"The export failed: {export.failure}"
