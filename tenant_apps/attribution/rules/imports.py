"""What files of other systems tell: touches before a sale, sales themselves, and what went back of them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from kernel.clock import parse_day, parse_instant
from kernel.currencies import is_currency
from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.salefacts import wrong_facts
from kernel.sentences import sentence
from tenant_apps.attribution.rules.sheets import Columns, Note, Sheet, sheet_of

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
UNREAD = datetime.min.replace(tzinfo=UTC)
FINEST = "KWD"


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


def touches_of_csv(text: str) -> Sheet[TouchRow]:
    """Read touches with every mistake in the file itself; `email` or `visitor` must name somebody."""
    return sheet_of(text, TOUCHES, _touch)


def conversions_of_csv(text: str) -> Sheet[ConversionRow]:
    """Read sales with every mistake in the file itself."""
    return sheet_of(text, CONVERSIONS, _conversion)


def refunds_of_csv(text: str) -> Sheet[RefundRow]:
    """Read refunds with every mistake in the file itself."""
    return sheet_of(text, REFUNDS, _refund)


def _refund(cells: dict[str, str], note: Note) -> RefundRow:
    amount, day = _amount(cells, note), date.min
    try:
        day = parse_day(cells["date"]) if cells["date"] else day
    except InvalidInput as wrong:
        note("date", wrong.errors[0]["message"])
    return RefundRow(cells["external_id"], cells["sale"], amount, cells["currency"].upper(), day, cells["reason"])


def _touch(cells: dict[str, str], note: Note) -> TouchRow:
    if not cells["email"] and not cells["visitor"]:
        note("email", "or visitor must name the customer")
    email, at = _email(cells["email"], note), _instant(cells["at"], note)
    return TouchRow(cells["external_id"], at, cells["partner"], email, cells["visitor"], cells["campaign"])


def _conversion(cells: dict[str, str], note: Note) -> ConversionRow:
    email, at = _email(cells["email"], note), _instant(cells["at"], note)
    quantity, total = _quantity(cells["quantity"], note), _amount(cells, note)
    if cells["fulfilled"].lower() not in ("", "yes", "no"):
        note("fulfilled", "must be yes, no or empty")
    named = CONVERSIONS.named
    metadata = {name.removeprefix(named): text for name, text in cells.items() if name.startswith(named) and text}
    country = cells["country"].upper()
    for error in wrong_facts(country, metadata):
        note(error["field"], error["message"])
    return ConversionRow(
        external_id=cells["external_id"], at=at, offer=cells["offer"], email=email, total_minor=total,
        currency=cells["currency"].upper(), quantity=quantity, name=cells["name"], partner=cells["partner"],
        campaign=cells["campaign"], code=cells["code"].lower(), visitor=cells["visitor"],
        fulfilled=cells["fulfilled"].lower() == "yes", country=country, metadata=metadata,
    )  # fmt: skip


def _email(text: str, note: Note) -> str:
    try:
        return normalized_email(text) if text else ""
    except InvalidInput as wrong:
        note("email", wrong.errors[0]["message"])
        return ""


def _instant(text: str, note: Note) -> datetime:
    try:
        at = parse_instant(text) if text else UNREAD
    except InvalidInput as wrong:
        note("at", wrong.errors[0]["message"] if wrong.errors else wrong.message)
        return UNREAD
    if text and at.year < EARLIEST_YEAR:  # a year of two digits: no window reaches back to before the calendar
        note("at", sentence("lies before %(earliest_year)s", earliest_year=EARLIEST_YEAR))
    return at


def _quantity(text: str, note: Note) -> int:
    right = not text or (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_UNITS)
    if not right:
        note("quantity", sentence("must be a whole number from 1 to %(most)s", most=MOST_UNITS))
    return int(text) if text and right else 1


def _amount(cells: dict[str, str], note: Note) -> int:
    currency = cells["currency"].upper()
    if cells["currency"] and not is_currency(currency):
        note("currency", "is no currency we know, such as EUR")
    if not cells["amount"]:
        return 0
    try:
        # Of an unknown currency an amount is wrong that would be so in any.
        minor = Money.parse_decimal(cells["amount"], currency if is_currency(currency) else FINEST).minor
    except InvalidInput as wrong:
        note("amount", wrong.errors[0]["message"])
        return 0
    if not 0 < minor <= MOST_MINOR:
        note("amount", "must be above zero and within what books hold")
    return minor
