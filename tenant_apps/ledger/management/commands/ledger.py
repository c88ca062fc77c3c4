import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand

from kernel.errors import DomainError, InvalidInput, NotFound
from kernel.money import Money
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.queries import brand_called, brands_listed
from tenant_apps.ledger.actions import seal_books
from tenant_apps.ledger.proof import inclusion_proof, lost_head
from tenant_apps.ledger.queries import entry_by_ref, entry_of_cause, flaws, trial_balance

EXAMPLES = """examples:
  manage.py ledger trial-balance --brand aurora.example
  manage.py ledger verify --all --json
  manage.py ledger verify --brand aurora.example --head 3f9a…   # a head kept elsewhere must be in the chain
  manage.py ledger seal --all
  manage.py ledger proof ent_… --brand aurora.example --json > proof.json
"""
SEALED = ("number", "day", "first_entry_id", "last_entry_id", "entries_count", "root", "previous_hash", "hash")


class Command(BaseCommand):
    help = "Look at a brand's books: balance, check (exit 1 if anything is wrong), seal, prove an entry."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["verify", "trial-balance", "seal", "proof"])
        parser.add_argument("entry", nargs="?", help="proof: the entry's id or cause")
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--brand", help="host, name or id")
        whose.add_argument("--all", action="store_true", help="every brand, one after the other")
        parser.add_argument("--head", help="verify: the hash of a seal that was kept elsewhere")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        looks: dict[str, Callable[[], dict[str, Any]]] = {
            "verify": partial(_verified, options["head"]),
            "trial-balance": _trial_balance,
            "seal": _sealed,
            "proof": partial(_proof, options["entry"]),
        }
        try:
            _refuse_misfits(**options)
            answers = []
            for brand in _brands(options["brand"]):
                with brand_entered(brand):
                    answers.append({"brand": brand.name, **looks[options["verb"]]()})
        except DomainError as refused:
            self.stderr.write(
                json.dumps(refused.as_dict()) if options["json"] else f"{refused.code}: {refused.message}"
            )
            sys.exit(2)
        if options["verb"] == "proof":
            # The file that a partner's check reads, so nothing is wrapped around it.
            self.stdout.write(json.dumps(answers[0]["proof"], indent=None if options["json"] else 2))
            return
        self.stdout.write(json.dumps({"brands": answers}) if options["json"] else _as_lines(answers))
        if any(answer.get("flaws") for answer in answers):
            sys.exit(1)


def _refuse_misfits(*, verb: str, entry: str | None, head: str | None, brand: str | None, **_: Any) -> None:
    if (verb == "proof") != (entry is not None):
        raise InvalidInput(field="entry", message="proof needs an entry, the other verbs take none")
    if verb == "proof" and brand is None:
        raise InvalidInput(field="brand", message="an entry is one brand's: say whose with --brand")
    if head is not None and (verb != "verify" or brand is None):
        raise InvalidInput(field="head", message="a head is one brand's, and verify checks it: add --brand")


def _brands(wanted: str | None) -> list[Brand]:
    if wanted is None:
        return brands_listed()
    brand = brand_called(wanted)
    if brand is None:
        raise NotFound(f"No brand is called {wanted!r}: give its host, name or id.", field="brand")
    return [brand]


def _verified(head: str | None) -> dict[str, Any]:
    found = [*flaws(), *(lost_head(head) if head is not None else ())]
    return {"flaws": [asdict(flaw) for flaw in found]}


def _sealed() -> dict[str, Any]:
    made = seal_books(at=now())
    return {"seals": [{name: _plain(getattr(seal, name)) for name in SEALED} for seal in made]}


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)


def _proof(wanted: str) -> dict[str, Any]:
    entry = entry_by_ref(wanted) or entry_of_cause(wanted)
    if entry is None:
        raise NotFound(f"No entry has the id or cause {wanted!r}.", field="entry")
    return {"proof": inclusion_proof(entry)}


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
        if "seals" in answer:
            made = [f"  seal {seal['number']}  root {seal['root']}  hash {seal['hash']}" for seal in answer["seals"]]
            lines += made or ["  Everything is sealed already."]
            continue
        for row in answer["accounts"]:
            lines.append(f"  {row['code']:<60} {Money(row['balance_minor'], row['currency'])!s:>20}  {row['kind']}")
        for currency, difference in answer["difference_minor"].items():
            lines.append(f"  {f'debits − credits, {currency}':<60} {Money(difference, currency)!s:>20}")
    return "\n".join(lines)
