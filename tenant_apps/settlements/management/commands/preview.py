"""`manage.py preview KIND < input.json`: what the money rules would do, with nothing booked."""

import json
import sys
from argparse import ArgumentParser
from typing import Any, Never

from django.core.management.base import BaseCommand, CommandParser

from kernel.errors import DomainError, InvalidInput
from tenant_apps.settlements.rules.preview import PREVIEWS, preview_text


class Command(BaseCommand):
    """Print the preview of a JSON document; bad input exits 2 with one JSON object on standard error."""

    help = (
        "Compute what the money rules would do with the JSON document on standard input, and book nothing. "
        "Prints one JSON object; no database is needed. Bad input exits 2 with one JSON object "
        "{code, message, details} on standard error that names the field."
    )
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser whose mistakes are reported as JSON too."""
        parser = super().create_parser(
            prog_name,
            subcommand,
            epilog=f"Kinds: {', '.join(PREVIEWS)}. Amounts are integers in minor units, rates are decimal strings "
            'such as "0.40", instants are ISO 8601 with offset. Example: manage.py preview split <<< '
            '\'{"amount_minor": 800, "currency": "USD", "weights": [{"key": "a", "weight": "1"}, '
            '{"key": "b", "weight": "2"}]}\'',
            **kwargs,
        )
        parser.error = _refused_arguments  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the kind; it is checked with the input, so that its refusal has the same shape."""
        parser.add_argument("kind", nargs="?", default="", metavar="KIND", help=", ".join(PREVIEWS))

    def handle(self, *, kind: str, **options: Any) -> None:
        """Read standard input, preview it, print the outcome."""
        try:
            if kind not in PREVIEWS:
                raise InvalidInput(field="kind", message=f"must be one of {', '.join(PREVIEWS)}")
            outcome = preview_text(kind, sys.stdin.buffer.read())
        except DomainError as error:
            _refuse(error)
        self.stdout.write(json.dumps(outcome, ensure_ascii=False, indent=2))


def _refuse(error: DomainError) -> Never:
    sys.stderr.write(f"{json.dumps(error.as_dict())}\n")
    raise SystemExit(2)


def _refused_arguments(message: str) -> Never:
    _refuse(InvalidInput(field="arguments", message=message))
