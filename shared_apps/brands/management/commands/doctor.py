"""`manage.py doctor`: what this machine has, what it lacks, and how to mend it."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table
from rich.text import Text

from embedded.checkup import Finding, Subject, examine
from embedded.processes import LOCAL
from embedded.servers import find_running
from embedded.stack import configured

SECRETS = ("SECRET_KEY", "DATABASE_APP_PASSWORD")
COLOURS = {"ok": "green", "limited": "yellow", "failed": "red"}


class Command(BaseCommand):
    help = "Examine this machine: what works, what is missing, how to mend it. Ends with 1 if something required fails."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine, show, and fail when something required fails; needs neither database nor Redis."""
        findings = examine(_subject())
        if options["json"]:
            shown = [{**asdict(finding), "status": finding.status} for finding in findings]
            self.stdout.write(json.dumps(shown, indent=2))
        else:
            _show(findings)
        if any(finding.status == "failed" for finding in findings):
            sys.exit(1)


def _subject() -> Subject:
    """What is configured, else the servers of a `make run` beside us, else the embedded ones, not yet started."""
    running = find_running(LOCAL)
    return Subject(
        local=LOCAL,
        database_url=configured("DATABASE_URL") or (running.database_url if running else ""),
        redis_url=configured("REDIS_URL") or (running.redis_url if running else ""),
        secrets=tuple((name, str(getattr(settings, name, ""))) for name in SECRETS),
    )


def _show(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in ("status", "name", "detail"):
        table.add_column(overflow="fold")  # never cut a path or a command short
    for finding in findings:
        colour = COLOURS[finding.status]
        table.add_row(Text(finding.status, style=colour), finding.name, Text(finding.detail))
        if not finding.ok:
            table.add_row("", "", Text(f"→ {finding.remedy}"))
    Console().print(table)
