import json
import sys
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from kernel.actor import Actor
from kernel.clock import parse_instant, utc_now
from kernel.errors import DomainError, InvalidInput, NotFound
from shared_apps.brands.actions import advance_clock, provision_brand, reactivate_brand, set_legal_person, suspend_brand
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.queries import brand_called, brands_listed

EXAMPLES = """examples:
  manage.py brand create "Aurora Tours" --domain aurora.example --currency EUR --timezone Europe/Berlin
  manage.py brand list --json
  manage.py brand suspend aurora.example --reason "unpaid plan"
  manage.py brand clock aurora.example --advance 35d        (test mode only; forward only)
"""
BY_HAND = Actor(kind="platform", id="command-line", label="the command line", roles=frozenset())


class Command(BaseCommand):
    help = "Create, list, suspend and reactivate brands; set the clock of a test-mode brand forward."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        create = verbs.add_parser("create", help="provision a brand: schema, role, domain, theme, in one transaction")
        create.add_argument("name")
        create.add_argument("--domain", required=True, help="the host customers and operators use")
        create.add_argument("--currency", required=True, help="ISO 4217, e.g. EUR")
        create.add_argument("--timezone", required=True, help="IANA zone of the brand's books, e.g. Europe/Berlin")
        create.add_argument("--language", default="en", help="en, ko or es (default: en)")
        create.add_argument("--mode", default="live", help="live, or test (a clock that can be set forward)")
        create.add_argument("--legal-name", default="", help="printed on statements (default: the name)")
        create.add_argument("--legal-address", default="")
        create.add_argument("--country", default="", help="of the legal person, ISO 3166 such as DE: decides VAT")
        create.add_argument("--vat-id", default="", help="of the legal person, such as DE136695976")
        create.add_argument("--primary", default="#0f766e", help="the brand's colour, #rrggbb")
        verbs.add_parser("list", help="show all brands")
        for verb in ("suspend", "reactivate"):
            parsed = verbs.add_parser(verb, help=f"{verb} a brand, named by host, name or id")
            parsed.add_argument("brand")
            parsed.add_argument("--reason", required=True)
        legal = verbs.add_parser("legal", help="say who a brand is to the law; what is left out stays as it is")
        legal.add_argument("brand")
        for name in ("legal-name", "legal-address", "country", "vat-id"):
            legal.add_argument(f"--{name}")
        clock = verbs.add_parser("clock", help="show or advance the clock of a test-mode brand")
        clock.add_argument("brand")
        moved = clock.add_mutually_exclusive_group()
        moved.add_argument("--to", help="an instant with offset: 2026-07-01T00:00:00+02:00")
        moved.add_argument("--advance", help="a number and d, h or m: 35d")
        for parsed in verbs.choices.values():
            parsed.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = getattr(self, f"_{options['verb']}")(options)
        except DomainError as refused:
            text = json.dumps(refused.as_dict()) if options["json"] else f"{refused.code}: {refused.message}"
            self.stderr.write(text)
            sys.exit(2)
        self.stdout.write(json.dumps(answer) if options["json"] else _as_lines(answer))

    def _create(self, options: dict[str, Any]) -> dict[str, Any]:
        names = ("name", "domain", "currency", "timezone", "language", "mode", "legal_name", "legal_address", "country",
                 "vat_id", "primary")  # fmt: skip
        brand = provision_brand(**{name: options[name] for name in names}, actor=BY_HAND, at=utc_now())
        return _told(brand) | {"domain": options["domain"]}

    def _list(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"brands": [_told(brand) for brand in brands_listed()]}

    def _suspend(self, options: dict[str, Any]) -> dict[str, Any]:
        brand = _named(options["brand"])
        return _told(suspend_brand(brand=brand, reason=options["reason"], actor=BY_HAND, at=utc_now()))

    def _reactivate(self, options: dict[str, Any]) -> dict[str, Any]:
        brand = _named(options["brand"])
        return _told(reactivate_brand(brand=brand, reason=options["reason"], actor=BY_HAND, at=utc_now()))

    def _legal(self, options: dict[str, Any]) -> dict[str, Any]:
        brand = _named(options["brand"])
        names = ("legal_name", "legal_address", "country", "vat_id")
        said = {name: getattr(brand, name) if options[name] is None else options[name] for name in names}
        brand = set_legal_person(brand=brand, **said, actor=BY_HAND, at=utc_now())
        return _told(brand) | {name: getattr(brand, name) for name in names}

    def _clock(self, options: dict[str, Any]) -> dict[str, Any]:
        brand = _named(options["brand"])
        with brand_entered(brand):
            present = now()
            if options["to"] or options["advance"]:
                present = advance_clock(brand=brand, to=_target(options, present), actor=BY_HAND)
        return {"brand": brand.name, "mode": brand.mode, "now": present.isoformat()}


def _named(wanted: str) -> Brand:
    brand = brand_called(wanted)
    if brand is None:
        raise NotFound(f"No brand is called {wanted!r}: give its host, name or id.", field="brand")
    return brand


def _target(options: dict[str, Any], present: datetime) -> datetime:
    if options["to"]:
        return parse_instant(options["to"], field="to")
    number, unit = options["advance"][:-1], options["advance"][-1:]
    if not number.isdigit() or unit not in ("d", "h", "m"):
        raise InvalidInput(field="advance", message="Give a number and d, h or m, such as 35d.")
    return present + timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[unit]: int(number)})


def _told(brand: Brand) -> dict[str, Any]:
    return {
        "id": brand.public_id, "name": brand.name, "schema": brand.schema_name, "state": str(brand.state),
        "mode": brand.mode, "currency": brand.currency, "timezone": brand.timezone, "language": brand.language,
    }  # fmt: skip


def _as_lines(answer: dict[str, Any]) -> str:
    if "brands" not in answer:
        return "\n".join(f"{key:<10} {value}" for key, value in answer.items())
    if not answer["brands"]:
        return "No brands yet. Make one with: manage.py brand create NAME --domain … --currency … --timezone …"
    return "\n".join(
        f"{brand['name']:<24} {brand['state']:<10} {brand['mode']:<5} {brand['currency']} "
        f"{brand['timezone']:<20} {brand['id']}"
        for brand in answer["brands"]
    )
