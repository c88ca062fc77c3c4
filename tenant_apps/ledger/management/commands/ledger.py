import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand

from kernel.clock import utc_now
from kernel.errors import DomainError, InvalidInput, NotFound
from kernel.money import Money
from shared_apps.audit.actions import seal_record
from shared_apps.audit.verifying import all_flaws, checks
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.postgresql.base import PUBLIC, entered
from shared_apps.brands.queries import brand_called, brands_listed
from tenant_apps.ledger.actions import seal_books
from tenant_apps.ledger.proof import inclusion_proof, lost_head
from tenant_apps.ledger.queries import day_end, entry_by_ref, entry_of_cause, totals_of, trial_balance

EXAMPLES = """examples:
  manage.py ledger trial-balance --brand aurora.example --on 2026-05-31
  manage.py ledger verify --all --json                          # every brand, then the platform's own record
  manage.py ledger verify --brand aurora.example --head 3f9a…   # a head kept elsewhere must be in a chain
  manage.py ledger seal --all
  manage.py ledger proof ent_… --brand aurora.example --json > proof.json
"""
PLATFORM = "the platform"
SEALED = ("number", "day", "root", "previous_hash", "hash")
type Place = tuple[str, AbstractContextManager[Any]]


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
        whose.add_argument("--platform", action="store_true", help="verify, seal: the platform's own record")
        parser.add_argument("--head", help="verify: the hash of a seal that was kept elsewhere")
        parser.add_argument("--on", help="trial-balance: up to the end of this day at the brand, such as 2026-05-31")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _refuse_misfits(**options)
            looks: dict[str, Callable[[], dict[str, Any]]] = {
                "verify": partial(_verified, options["head"]),
                "trial-balance": partial(_trial_balance, _day(options["on"])),
                "seal": _sealed,
                "proof": partial(_proof, options["entry"]),
            }
            answers = []
            for name, way_in in _places(**options):
                with way_in:
                    answers.append({"brand": name, **looks[options["verb"]]()})
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


def _refuse_misfits(
    *, verb: str, entry: str | None, head: str | None, on: str | None, brand: str | None, platform: bool, **_: Any
) -> None:
    if (verb == "proof") != (entry is not None):
        raise InvalidInput(field="entry", message="proof needs an entry, the other verbs take none")
    if verb == "proof" and brand is None:
        raise InvalidInput(field="brand", message="an entry is one brand's: say whose with --brand")
    if head is not None and (verb != "verify" or brand is None):
        raise InvalidInput(field="head", message="a head is one brand's, and verify checks it: add --brand")
    if on is not None and verb != "trial-balance":
        raise InvalidInput(field="on", message="only a trial balance is of a day")
    if platform and verb not in ("verify", "seal"):
        raise InvalidInput(field="platform", message="the platform has a record, but no books")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(field="on", message=f"{text!r} is no day such as 2026-05-31") from error


def _places(*, brand: str | None, platform: bool, verb: str, **_: Any) -> Iterator[Place]:
    if brand is not None:
        found = brand_called(brand)
        if found is None:
            raise NotFound(f"No brand is called {brand!r}: give its host, name or id.", field="brand")
        yield found.name, brand_entered(found)
        return
    for each in [] if platform else brands_listed():
        yield each.name, brand_entered(each)
    if verb in ("verify", "seal"):
        yield PLATFORM, public_entered()


def _verified(head: str | None) -> dict[str, Any]:
    found = [*all_flaws(), *(lost_head(head) if head is not None else ())]
    return {"checks": checks(), "flaws": [asdict(flaw) for flaw in found]}


def _sealed() -> dict[str, Any]:
    at = utc_now() if entered() == PUBLIC else now()
    return {
        "seals": [] if entered() == PUBLIC else [_said(seal) for seal in seal_books(at=at)],
        "record_seals": [_said(seal) for seal in seal_record(at=at)],
    }


def _said(seal: Any) -> dict[str, Any]:
    return {name: seal.number if name == "number" else str(getattr(seal, name)) for name in SEALED}


def _proof(wanted: str) -> dict[str, Any]:
    entry = entry_by_ref(wanted) or entry_of_cause(wanted)
    if entry is None:
        raise NotFound(f"No entry has the id or cause {wanted!r}.", field="entry")
    return {"proof": inclusion_proof(entry)}


def _trial_balance(on: date | None) -> dict[str, Any]:
    rows = trial_balance(day_end(on) if on else None)
    return {
        "on": on.isoformat() if on else None,
        "accounts": [
            {
                "code": row.code, "kind": str(row.kind), "currency": row.currency, "debit_minor": row.debit_minor,
                "credit_minor": row.credit_minor, "balance_minor": row.balance_minor,
            }
            for row in rows
        ],
        "difference_minor": {total.currency: total.debit_minor - total.credit_minor for total in totals_of(rows)},
    }  # fmt: skip


def _as_lines(answers: list[dict[str, Any]]) -> str:
    lines = []
    for answer in answers:
        lines.append(answer["brand"])
        if "flaws" in answer:
            told = [f"  {flaw['check']:<12} {flaw['where']}: {flaw['message']}" for flaw in answer["flaws"]]
            lines += told or [f"  In order: {', '.join(answer['checks'])}."]
        elif "seals" in answer:
            made = [f"  {name[:-1].replace('_', ' ')} {seal['number']}  root {seal['root']}  hash {seal['hash']}"
                    for name in ("seals", "record_seals") for seal in answer[name]]  # fmt: skip
            lines += made or ["  Everything is sealed already."]
        else:
            lines += _balances(answer)
    return "\n".join(lines)


def _balances(answer: dict[str, Any]) -> Iterator[str]:
    for row in answer["accounts"]:
        yield f"  {row['code']:<60} {Money(row['balance_minor'], row['currency'])!s:>20}  {row['kind']}"
    for currency, difference in answer["difference_minor"].items():
        yield f"  {f'debits − credits, {currency}':<60} {Money(difference, currency)!s:>20}"
