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
class CommissionConfirmed(Event):
    name: ClassVar[str] = "commission.confirmed"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionMatured(Event):
    name: ClassVar[str] = "commission.matured"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionClawedBack(Event):
    name: ClassVar[str] = "commission.clawed_back"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str
    original_ref: str


@dataclass(frozen=True, kw_only=True)
class CommissionPaid(Event):
    name: ClassVar[str] = "commission.paid"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    commission_ref: str


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
