import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kernel.actor import Actor
from kernel.errors import DomainError, NotFound
from shared_apps.accounts.actions import create_api_key, revoke_api_key
from shared_apps.accounts.models import ApiKey, User
from shared_apps.accounts.states import Role
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import brand_called

EXAMPLES = """examples:
  manage.py apikey create "Nightly export" --brand aurora.example --role finance --owner ann@aurora.example
  manage.py apikey list --brand aurora.example
  manage.py apikey revoke key_01… --brand aurora.example
"""
BY_HAND = Actor(kind="platform", id="command-line", label="the command line", roles=frozenset())


class Command(BaseCommand):
    help = "Create, list and revoke a brand's API keys. A key is shown once, when it is created."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        create = verbs.add_parser("create", help="make a key and print it, once")
        create.add_argument("name", help="what the key is for")
        create.add_argument(
            "--owner", required=True,
            help="e-mail of the operator it belongs to: where two persons are needed it counts as this one",
        )  # fmt: skip
        create.add_argument("--role", action="append", choices=list(Role), required=True, help="may be given again")
        verbs.add_parser("list", help="show the keys, never their secrets")
        revoke = verbs.add_parser("revoke", help="make a key useless from now on")
        revoke.add_argument("key", help="its id: key_…")
        for parsed in verbs.choices.values():
            parsed.add_argument("--brand", required=True, help="host, name or id of the brand")
            parsed.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            brand = brand_called(options["brand"])
            if brand is None:
                raise NotFound(f"No brand is called {options['brand']!r}: give its host, name or id.", field="brand")
            with brand_entered(brand):
                answer = getattr(self, f"_{options['verb']}")(options)
        except DomainError as refused:
            text = json.dumps(refused.as_dict()) if options["json"] else f"{refused.code}: {refused.message}"
            self.stderr.write(text)
            sys.exit(2)
        self.stdout.write(json.dumps(answer) if options["json"] else _as_lines(answer))

    def _create(self, options: dict[str, Any]) -> dict[str, Any]:
        roles = [Role(role) for role in options["role"]]
        owner = User.objects.filter(email=options["owner"].lower(), is_staff=True).first()
        if owner is None:
            raise NotFound(f"Nobody of this brand has the e-mail {options['owner']}.", field="owner")
        key, secret = create_api_key(name=options["name"], roles=roles, actor=BY_HAND, at=now(), owner=owner)
        return {"secret": secret} | _told(key)

    def _list(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"keys": [_told(key) for key in ApiKey.objects.select_related("owner").order_by("pk")]}

    def _revoke(self, options: dict[str, Any]) -> dict[str, Any]:
        key = ApiKey.objects.filter(public_id=options["key"]).first()
        if key is None:
            raise NotFound(f"This brand has no key {options['key']}.")
        return _told(revoke_api_key(key=key, actor=BY_HAND, at=now()))


def _told(key: ApiKey) -> dict[str, Any]:
    instants = {name: getattr(key, f"{name}_at") for name in ("created", "last_used", "revoked")}
    return {
        "id": key.public_id,
        "name": key.name,
        "roles": key.roles,
        "owner": key.owner.email,
    } | {name: instant.isoformat() if instant else None for name, instant in instants.items()}


def _as_lines(answer: dict[str, Any]) -> str:
    rows = answer.get("keys", [answer])
    return "\n".join("  ".join(f"{name}: {value}" for name, value in row.items() if value) for row in rows) or "no keys"
