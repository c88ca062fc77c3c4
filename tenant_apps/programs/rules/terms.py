"""The terms of a contract version as one document: read strictly, written back the same, hashed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.errors import InvalidInput
from kernel.payload import Payload
from kernel.sentences import sentence
from tenant_apps.commissions.rules import parse_contract
from tenant_apps.commissions.rules.clawback import parse_clawback
from tenant_apps.programs.rules.sizes import MOST_MINOR, too_large
from tenant_apps.programs.states import ManualLines
from tenant_apps.settlements.rules.reserve import parse_reserve

LONGEST_HOLD_DAYS = 365
DEFAULTS: dict[str, Any] = {
    "rules": [], "levels": [], "bonuses": [], "converts": False, "hold_days": 14, "minimum_payout_minor": 0,
    "negative": "carry", "negative_cap_minor": 0, "pinning": "pinned", "manual_lines": "obey",
    "clawback": {}, "reserve": {}, "starts_at": None,
}  # fmt: skip
FIELDS = ("currency", *DEFAULTS)
LISTS = ("rules", "levels", "bonuses")


class Negative(StrEnum):
    """What becomes of a negative balance when a period closes."""

    CARRY = "carry"
    CAP = "cap"
    RESET = "reset"


class Pinning(StrEnum):
    """Whether customers keep the version of their first order."""

    PINNED = "pinned"
    FLOATING = "floating"


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms that were read in full; `document` is what they are kept and shown as, each field present."""

    document: dict[str, Any]
    starts_at: datetime | None

    @property
    def currency(self) -> str:
        """The currency of every amount in them."""
        return str(self.document["currency"])

    @property
    def columns(self) -> dict[str, Any]:
        """The fields as a version keeps them."""
        return self.document | {"starts_at": self.starts_at}


def read_terms(document: object) -> Terms:
    """Read the document of an editor, a file or an API body; what is absent takes its default.

    Every rule is read on its own, so a mistake in one hides none of another. Raises InvalidInput with all
    that is wrong, each by its path: `rules[1].pay.rate`.
    """
    payload = Payload(document).only(*FIELDS)
    wrong: list[dict[str, str]] = []

    def read[Read](reader: Callable[[Payload], Read], of: Payload) -> Read | None:
        try:
            return reader(of)
        except InvalidInput as refused:
            wrong.extend(refused.errors)
            return None

    currency = read(lambda payload: payload.required("currency").currency(), payload)
    found = {name: payload.optional(name) or Payload(default, name) for name, default in DEFAULTS.items()}
    for name in LISTS:
        read(Payload.items, found[name])
    if currency is not None and not wrong:
        wrong.extend(wrong_lists(currency, {name: found[name].value for name in LISTS}))
    for name, reader in _BESIDE.items():
        read(reader, found[name])
    read(_cap_fits, Payload({name: found[name].value for name in ("negative", "negative_cap_minor")}))
    starts_at = read(_instant, found["starts_at"])
    if wrong:
        raise InvalidInput(errors=wrong)
    values = {name: payload.value for name, payload in found.items()}
    return Terms({"currency": currency} | values, starts_at)


def wrong_lists(currency: str, lists: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what is wrong with each rule, level and bonus alone; when nothing is, with all of them together."""
    wrong: list[dict[str, str]] = []
    for name, entries in lists.items():
        for index, entry in enumerate(entries):
            alone = {"currency": currency, "rules": []} | {name: [entry]}
            said = _wrong_in(alone, f"{name}[0]", f"{name}[{index}]")
            wrong.extend(said or too_large(Payload(entry, f"{name}[{index}]")))
    whole = {name: entries for name, entries in lists.items() if entries or name == "rules"}
    return wrong or _wrong_in({"currency": currency} | whole, "", "")


def canonical(document: Mapping[str, Any]) -> str:
    """Return the document as the one text that is hashed: sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _wrong_in(document: Mapping[str, Any], said: str, meant: str) -> list[dict[str, str]]:
    try:
        parse_contract(Payload(dict(document)))
    except InvalidInput as refused:
        return [error | {"field": error["field"].replace(said, meant, 1)} for error in refused.errors]
    return []


def _days(payload: Payload) -> None:
    if payload.integer(at_least=0) > LONGEST_HOLD_DAYS:
        raise payload.wrong(sentence("must be from 0 to %(most)s", most=LONGEST_HOLD_DAYS))


def _minor(payload: Payload) -> None:
    if payload.integer(at_least=0) > MOST_MINOR:
        raise payload.wrong("is too large")


def _instant(payload: Payload) -> datetime | None:
    return None if payload.value is None else payload.instant()


def _cap_fits(payload: Payload) -> None:
    negative, cap = payload.required("negative"), payload.required("negative_cap_minor")
    if negative.value == Negative.CAP and not cap.value:
        raise cap.wrong("is needed with cap: the most that is carried")
    if negative.value != Negative.CAP and cap.value:
        raise cap.wrong("belongs to cap")


_BESIDE: dict[str, Callable[[Payload], Any]] = {
    "converts": Payload.boolean,
    "hold_days": _days,
    "minimum_payout_minor": _minor,
    "negative": lambda payload: payload.choice(Negative),
    "negative_cap_minor": _minor,
    "pinning": lambda payload: payload.choice(Pinning),
    "manual_lines": lambda payload: payload.choice(ManualLines),
    "clawback": parse_clawback,
    "reserve": parse_reserve,
}
