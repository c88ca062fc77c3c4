from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CommissionAccrued(Event):
    name: ClassVar[str] = "commission.accrued"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionPricedAgain(Event):
    """A deal's line that was zero has a price now, in a new line: priced again, or by a later decision."""

    name: ClassVar[str] = "commission.priced_again"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    commission_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionConfirmed(Event):
    name: ClassVar[str] = "commission.confirmed"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionsMatured(Event):
    """So many of a partner's lines became payable at once; which ones, the audit log says."""

    name: ClassVar[str] = "commission.matured"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class CommissionClawedBack(Event):
    """A line takes `taken_minor` (positive) back from its original; `cause_ref` is the refund, dispute or decision.

    Whatever else was given for the sale's line, cashback say, can follow by the same part.
    """

    name: ClassVar[str] = "commission.clawed_back"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str
    original_ref: str
    order_ref: str
    line_ref: str
    cause_ref: str
    taken_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class CommissionReinstated(Event):
    """A line gives `restored_minor` (positive) back to its original: the money stayed with the brand after all."""

    name: ClassVar[str] = "commission.reinstated"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str
    original_ref: str
    order_ref: str
    line_ref: str
    cause_ref: str
    restored_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class CommissionsPaid(Event):
    """So many of a partner's lines were paid at once; which ones, its settlement and the audit log say."""

    name: ClassVar[str] = "commission.paid"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class CommissionHeld(Event):
    name: ClassVar[str] = "commission.held"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionReleased(Event):
    name: ClassVar[str] = "commission.released"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionCanceled(Event):
    name: ClassVar[str] = "commission.canceled"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str
