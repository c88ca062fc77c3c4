from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PeriodClosed(Event):
    name: ClassVar[str] = "period.closed"
    aggregate_field: ClassVar[str] = "period_ref"
    period_ref: str


@dataclass(frozen=True, kw_only=True)
class SettlementApproved(Event):
    name: ClassVar[str] = "settlement.approved"
    aggregate_field: ClassVar[str] = "settlement_ref"
    settlement_ref: str


@dataclass(frozen=True, kw_only=True)
class StatementIssued(Event):
    name: ClassVar[str] = "statement.issued"
    aggregate_field: ClassVar[str] = "statement_ref"
    statement_ref: str
    partner_ref: str


@dataclass(frozen=True, kw_only=True)
class StatementPartsPrinted(Event):
    """So many lines of a long statement are printed; the next ones are asked for."""

    name: ClassVar[str] = "statement.parts_printed"
    aggregate_field: ClassVar[str] = "statement_ref"
    statement_ref: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class CreditNoteIssued(Event):
    name: ClassVar[str] = "credit_note.issued"
    aggregate_field: ClassVar[str] = "credit_note_ref"
    credit_note_ref: str
    partner_ref: str


@dataclass(frozen=True, kw_only=True)
class AdjustmentApproved(Event):
    name: ClassVar[str] = "adjustment.approved"
    aggregate_field: ClassVar[str] = "adjustment_ref"
    adjustment_ref: str
    partner_ref: str


@dataclass(frozen=True, kw_only=True)
class PayoutRequested(Event):
    name: ClassVar[str] = "payout.requested"
    aggregate_field: ClassVar[str] = "payout_ref"
    payout_ref: str
    partner_ref: str


@dataclass(frozen=True, kw_only=True)
class PayoutPaid(Event):
    name: ClassVar[str] = "payout.paid"
    aggregate_field: ClassVar[str] = "payout_ref"
    payout_ref: str
    partner_ref: str


@dataclass(frozen=True, kw_only=True)
class PayoutFailed(Event):
    name: ClassVar[str] = "payout.failed"
    aggregate_field: ClassVar[str] = "payout_ref"
    payout_ref: str
    partner_ref: str
