"""The shape of a snapshot and its hash."""

import hashlib
import json
from typing import Any, Final, Literal, TypedDict

SCHEMA: Final = 1


class BrandPart(TypedDict):
    """Who issues the statement."""

    ref: str
    name: str
    legal_name: str
    address: str
    email: str
    country: str
    vat_id: str


class PartnerPart(TypedDict):
    """Who is paid."""

    ref: str
    name: str
    legal_name: str
    address: str
    country: str
    tax_id: str
    vat_id: str


class Look(TypedDict):
    """The brand's tokens as they were: colours as `#rrggbb`, `font` is sans or serif."""

    accent: str
    accent_soft: str
    ink: str
    muted: str
    line: str
    negative: str
    font: str
    mark: str


class PeriodPart(TypedDict):
    """Half-open in the brand's zone; the days are local, the last one inside."""

    label: str
    starts_at: str
    ends_at: str
    first_on: str
    last_on: str
    timezone: str


class PreviousPart(TypedDict):
    """The statement whose closing balance this one opens with, and the local days that it covers."""

    number: str
    label: str
    first_on: str
    last_on: str
    closing_minor: int


class Step(TypedDict):
    """One step of a line's computation, as it was kept when it was booked; readers word it."""

    code: str
    facts: dict[str, Any]


class OriginalPart(TypedDict):
    """The line a clawback takes back from; `statement` is empty when that was never printed."""

    ref: str
    on: str
    order: str
    amount_minor: int
    statement: str


class AdjustmentPart(TypedDict):
    """An amount that no line explains, and why."""

    ref: str
    kind: str
    on: str
    reason: str
    amount_minor: int


class CorrectsPart(TypedDict):
    """The version that this one takes the place of, and the credit note that cancels it."""

    number: str
    version: int
    issued_on: str
    credit_note: str
    reason: str


class LinePart(TypedDict):
    """A commission, or a clawback with the `original` it points at. `rate` is a decimal string or empty."""

    ref: str
    kind: str
    on: str
    order: str
    order_ref: str
    title: str
    rule: str
    reason: str
    steps: list[Step]
    base_minor: int
    rate: str
    amount_minor: int
    original: OriginalPart | None


class Snapshot(TypedDict):
    """Everything a statement says. Amounts are whole minor units with `exponent` decimals.

    `vat_later_minor` is what a corrected version has of VAT beyond what was settled: the next period settles it.
    `vat_law` is the citation of the law by which no VAT is added, empty where none is named.
    `self_billing_on` is the day of the agreement that makes it an invoice, empty without one.
    """

    schema: int
    document: Literal["statement"]
    number: str
    version: int
    settlement_ref: str
    issued_at: str
    issued_on: str
    language: str
    currency: str
    exponent: int
    brand: BrandPart
    partner: PartnerPart
    look: Look
    period: PeriodPart
    previous: PreviousPart | None
    corrects: CorrectsPart | None
    self_billing_on: str
    opening_minor: int
    earned_minor: int
    clawback_minor: int
    net_minor: int
    adjustment_minor: int
    vat_minor: int
    vat_later_minor: int
    vat_rate: str
    vat_treatment: str
    vat_place: str
    vat_law: str
    withholding_minor: int
    withholding_rate: str
    reserve_held_minor: int
    reserve_released_minor: int
    reserve_until: str
    payout_minor: int
    closing_minor: int
    next_opening_minor: int
    minimum_payout_minor: int
    negative: str
    adjustments: list[AdjustmentPart]
    earnings: list[LinePart]
    clawbacks: list[LinePart]


class CanceledPart(TypedDict):
    """The version of a statement that a credit note cancels."""

    number: str
    version: int
    issued_on: str
    sha256: str


class CreditNoteSnapshot(TypedDict):
    """Everything a credit note says: a statement's supply and VAT, turned round whole."""

    schema: int
    document: Literal["credit_note"]
    number: str
    issued_at: str
    issued_on: str
    language: str
    currency: str
    exponent: int
    brand: BrandPart
    partner: PartnerPart
    look: Look
    period: PeriodPart
    cancels: CanceledPart
    replaced_by: str
    reason: str
    self_billing_on: str
    net_minor: int
    vat_minor: int
    vat_rate: str
    vat_treatment: str
    vat_place: str
    vat_law: str
    total_minor: int


Document = Snapshot | CreditNoteSnapshot


def canonical(snapshot: Document) -> bytes:
    """Return the one byte form of a snapshot: sorted keys, no blanks, UTF-8."""
    text = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sha256_of(snapshot: Document) -> str:
    """Return the hash that is printed on the statement and names its files."""
    return hashlib.sha256(canonical(snapshot)).hexdigest()
