"""What files of other systems tell: touches before a sale, sales themselves, and what went back of them."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from kernel.clock import parse_day, parse_instant
from kernel.currencies import is_currency
from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.salefacts import wrong_facts
from kernel.sentences import sentence
from tenant_apps.attribution.rules.sheets import Columns, Errors, mistake, rows_of_sheet

TOUCHES = Columns(
    longest={"external_id": 80, "at": 40, "partner": 60, "email": 254, "visitor": 64, "campaign": 80},
    needed=("external_id", "at", "partner"),
)
CONVERSIONS = Columns(
    longest={
        "external_id": 80, "at": 40, "offer": 60, "email": 254, "amount": 30, "currency": 8, "quantity": 4,
        "name": 120, "partner": 60, "campaign": 80, "code": 40, "visitor": 64, "fulfilled": 8, "country": 2,
    },
    needed=("external_id", "at", "offer", "email", "amount", "currency"), named="metadata.",
)  # fmt: skip
REFUNDS = Columns(
    longest={"external_id": 80, "sale": 80, "amount": 30, "currency": 8, "date": 10, "reason": 300},
    needed=("external_id", "sale", "amount", "currency", "date"),
)
SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
OURS = frozenset({"storefront", "api", "widget"})
MOST_UNITS, MOST_MINOR = 999, 10**15
EARLIEST_YEAR = 1990


@dataclass(frozen=True, slots=True)
class TouchRow:
    """A touch as a file names it: `partner` is an enrollment's id or a link's code."""

    external_id: str
    at: datetime
    partner: str
    email: str
    visitor: str
    campaign: str


@dataclass(frozen=True, slots=True)
class ConversionRow:
    """A sale as a file names it; `partner`, where there is one, is credited with a touch of channel import."""

    external_id: str
    at: datetime
    offer: str
    email: str
    total_minor: int
    currency: str
    quantity: int
    name: str
    partner: str
    campaign: str
    code: str
    visitor: str
    fulfilled: bool
    country: str
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund as a file names it: `sale` is the sale's id there, `external_id` the refund's own."""

    external_id: str
    sale: str
    amount_minor: int
    currency: str
    refunded_on: date
    reason: str


def wrong_source(source: str) -> str:
    """Return what is wrong with the name of the system that a file comes from; empty when nothing is."""
    if not SOURCE.fullmatch(source):
        return sentence("must be 1 to 40 small letters, digits, - or _")
    return sentence("is a source of our own: give the name of the other system") if source in OURS else ""


def touch_key(source: str, external_id: str, *, of_sale: bool = False) -> str:
    """Return the exact key of an imported touch: its source, what kind of row told it, and the row's id there.

    A source has no colon, and the kind stands before the id, which may hold any character: so a touch from a file of
    touches never has the key of one that came with a sale.
    """
    return f"{source}:{'sale' if of_sale else 'touch'}:{external_id}"


def touches_of_csv(text: str) -> dict[int, TouchRow]:
    """Read touches by row; `email` or `visitor` must name somebody. Raises InvalidInput with every mistake."""
    return rows_of_sheet(text, TOUCHES, _touch)


def conversions_of_csv(text: str) -> dict[int, ConversionRow]:
    """Read sales by row. Raises InvalidInput with every mistake."""
    return rows_of_sheet(text, CONVERSIONS, _conversion)


def refunds_of_csv(text: str) -> dict[int, RefundRow]:
    """Read refunds by row. Raises InvalidInput with every mistake."""
    return rows_of_sheet(text, REFUNDS, _refund)


def _refund(row: int, cells: dict[str, str], errors: Errors) -> RefundRow | None:
    amount = _amount(row, cells, errors)
    try:
        day = parse_day(cells["date"]) if cells["date"] else None
    except InvalidInput as wrong:
        errors.append(mistake(row, "date", wrong.errors[0]["message"]))
        return None
    if day is None:
        return None
    return RefundRow(cells["external_id"], cells["sale"], amount, cells["currency"].upper(), day, cells["reason"])


def _touch(row: int, cells: dict[str, str], errors: Errors) -> TouchRow | None:
    if not cells["email"] and not cells["visitor"]:
        errors.append(mistake(row, "email", "or visitor must name the customer"))
    email, at = _email(row, cells["email"], errors), _instant(row, cells["at"], errors)
    if at is None:
        return None
    return TouchRow(cells["external_id"], at, cells["partner"], email, cells["visitor"], cells["campaign"])


def _conversion(row: int, cells: dict[str, str], errors: Errors) -> ConversionRow | None:
    email, at = _email(row, cells["email"], errors), _instant(row, cells["at"], errors)
    quantity, total = _quantity(row, cells["quantity"], errors), _amount(row, cells, errors)
    if cells["fulfilled"].lower() not in ("", "yes", "no"):
        errors.append(mistake(row, "fulfilled", "must be yes, no or empty"))
    named = CONVERSIONS.named
    metadata = {name.removeprefix(named): text for name, text in cells.items() if name.startswith(named) and text}
    country = cells["country"].upper()
    errors += [mistake(row, error["field"], error["message"]) for error in wrong_facts(country, metadata)]
    if at is None:
        return None
    return ConversionRow(
        external_id=cells["external_id"], at=at, offer=cells["offer"], email=email, total_minor=total,
        currency=cells["currency"].upper(), quantity=quantity, name=cells["name"], partner=cells["partner"],
        campaign=cells["campaign"], code=cells["code"].lower(), visitor=cells["visitor"],
        fulfilled=cells["fulfilled"].lower() == "yes", country=country, metadata=metadata,
    )  # fmt: skip


def _email(row: int, text: str, errors: Errors) -> str:
    try:
        return normalized_email(text) if text else ""
    except InvalidInput as wrong:
        errors.append(mistake(row, "email", wrong.errors[0]["message"]))
        return ""


def _instant(row: int, text: str, errors: Errors) -> datetime | None:
    try:
        at = parse_instant(text) if text else None
    except InvalidInput as wrong:
        errors.append(mistake(row, "at", wrong.errors[0]["message"] if wrong.errors else wrong.message))
        return None
    if (
        at is not None and at.year < EARLIEST_YEAR
    ):  # a year of two digits: no window reaches back to before the calendar
        errors.append(mistake(row, "at", sentence("lies before %(earliest_year)s", earliest_year=EARLIEST_YEAR)))
    return at


def _quantity(row: int, text: str, errors: Errors) -> int:
    right = not text or (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_UNITS)
    if not right:
        errors.append(mistake(row, "quantity", sentence("must be a whole number from 1 to %(most)s", most=MOST_UNITS)))
    return int(text) if text and right else 1


def _amount(row: int, cells: dict[str, str], errors: Errors) -> int:
    currency = cells["currency"].upper()
    if not cells["currency"] or not cells["amount"]:
        return 0
    if not is_currency(currency):
        errors.append(mistake(row, "currency", "is no currency we know, such as EUR"))
        return 0
    try:
        minor = Money.parse_decimal(cells["amount"], currency).minor
    except InvalidInput as wrong:
        errors.append(mistake(row, "amount", wrong.errors[0]["message"]))
        return 0
    if not 0 < minor <= MOST_MINOR:
        errors.append(mistake(row, "amount", "must be above zero and within what books hold"))
    return minor
