from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.payload import Payload
from tenant_apps.commissions.rules import Line, Sale, commission_for, parse_contract
from tenant_apps.programs.models import ContractVersion
from tenant_apps.programs.queries import reading_of
from tenant_apps.programs.rules import Amount, Voice, said_document, tell
from tenant_apps.tracking.queries import site_names


def version_story(version: ContractVersion) -> dict[str, Any]:
    """Return a version in plain words, with what differs from the one it replaces and its answer."""
    reading, heard = reading_of(version), voice()
    return {
        "version": version, "said": said_of(version.document), "replaces": reading.replaces,
        "changes": [(change.kind, tell(change.sentence, heard)) for change in reading.changes],
        "answer": getattr(version, "decision", None),
    }  # fmt: skip


def said_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the terms as sentences, each with the name of its rule, empty for the terms beside."""
    heard = voice()
    return [(name, tell(sentence, heard)) for name, sentence in said_document(document)]


def example_of(document: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what an example order of one line would earn, with its steps; None without a price. Books nothing.

    Raises InvalidInput for a price or number that is none.
    """
    if not typed.get("price", "").strip() or not document["rules"]:
        return None
    currency = document["currency"]
    gross = Money.parse_decimal(typed["price"].strip(), currency, field="price").minor
    number = typed.get("charge_number", "").strip() or "1"
    if not number.isdecimal() or not 0 < int(number) < 10_000:
        raise InvalidInput(field="charge_number", message="must be a whole number from 1 on")
    whole = {name: document[name] for name in ("currency", "rules")}
    contract, at = parse_contract(Payload(whole)), datetime.fromisoformat("2026-06-01T12:00:00+00:00")
    line = Line(id="1", product=typed.get("product", "").strip() or "example", gross_minor=gross)
    first = at if number == "1" else at.replace(month=5)
    sale = Sale(at=at, lines=(line,), charge_number=int(number), first_charge_at=first)
    earned = commission_for(contract=contract, sale=sale).lines[0]
    return {"amount_minor": earned.amount_minor, "currency": currency, "rule": earned.rule, "reason": earned.reason,
            "steps": earned.steps}  # fmt: skip


def voice() -> Voice:
    """Return how an operator hears contracts."""
    names = site_names()

    def money(told: Amount) -> str:
        return Money(told.minor, told.currency).format(get_language() or "en")

    return Voice(
        translate=gettext, amount=money, named=lambda named: names.get(named.ref, named.ref),
        moment=lambda at: date_format(localtime(at), "DATETIME_FORMAT"),
    )  # fmt: skip
