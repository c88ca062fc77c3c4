"""What a report is asked for, and the ratios it tells. Pure: no database, no clock."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from kernel.currencies import is_currency
from kernel.errors import InvalidInput
from kernel.rates import round_half_away
from kernel.sentences import sentence

OWED_STATES = ("pending", "confirmed", "hold", "payable")
_REF = re.compile(r"[a-z][a-z0-9]{0,11}_[0-9a-z]{1,32}")
_TEXT = re.compile(r"[^\0]{1,80}")
_STATE = re.compile(r"[a-z_]{1,16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which rows are looked at; empty means all. Days are the brand's, both inside."""

    state: str = ""
    partner: str = ""
    site: str = ""
    campaign: str = ""
    placement: str = ""
    role: str = ""
    program: str = ""
    simulation: str = ""
    currency: str = ""
    since: date | None = None
    until: date | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the filters that are set as plain text, as they are asked for."""
        told = {name: getattr(self, name) for name in FILTER_NAMES}
        return {name: str(value) for name, value in told.items() if value}


FILTER_NAMES = tuple(Filters.__dataclass_fields__)
REPORTED = tuple(name for name in FILTER_NAMES if name != "simulation")


def parse_filters(given: Mapping[str, str], *, known: Collection[str] = REPORTED) -> Filters:
    """Read filters from text; blank ones are not set. Raises InvalidInput naming every wrong field.

    A name outside `known` is refused: a filter that is not understood would let everything through.
    """
    asked = {name: text.strip() for name, text in given.items() if text.strip()}
    errors = [
        {"field": name, "message": sentence("is no filter here; there are %(choices)s", choices=", ".join(known))}
        for name in asked
        if name not in known
    ]
    days: dict[str, date | None] = {}
    for name, text in asked.items():
        if name in ("since", "until"):
            days[name] = _day(text)
            if days[name] is None:
                errors.append({"field": name, "message": "must be a day such as 2026-05-31"})
        elif name in known and not _fits(name, text):
            errors.append({"field": name, "message": _WANTED[name]})
    since, until = days.get("since"), days.get("until")
    if since and until and until < since:
        errors.append({"field": "until", "message": "must not be before `since`"})
    if errors:
        raise InvalidInput(errors=errors)
    return Filters(**{name: text for name, text in asked.items() if name not in days}, since=since, until=until)


def ratio(part: int, whole: int) -> Decimal | None:
    """Return part / whole with four decimals, rounded half away from zero; None of nothing."""
    if whole == 0:
        return None
    return Decimal(round_half_away(Fraction(part, whole) * 10_000)).scaleb(-4)


def days_in(span: timedelta | None) -> Decimal | None:
    """Return a span in days with one decimal, rounded half away from zero."""
    if span is None:
        return None
    exact = Fraction(span // timedelta(microseconds=1), 86_400_000_000)
    return Decimal(round_half_away(exact * 10)).scaleb(-1)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    # At the very ends of the calendar a day has no next one, or begins in no year.
    return day if day and date.min.year < day.year < date.max.year else None


def _fits(name: str, text: str) -> bool:
    if name == "currency":
        return is_currency(text)
    if name in ("state", "role"):
        return _STATE.fullmatch(text) is not None
    if name in ("campaign", "placement"):
        return _TEXT.fullmatch(text) is not None
    return _REF.fullmatch(text) is not None


_WANTED = {
    "currency": sentence('must be a currency such as "EUR"'),
    "state": sentence("must be the name of a state"),
    "role": sentence("must be the name of a role"),
    "campaign": sentence("must have at most 80 characters"),
    "placement": sentence("must have at most 80 characters"),
    "partner": sentence("must be the id of a partner"),
    "site": sentence("must be the id of a site"),
    "program": sentence("must be the id of a program"),
    "simulation": sentence("must be the id of a simulation"),
}
