from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CreditDisputeOpened(Event):
    name: ClassVar[str] = "credit_dispute.opened"
    aggregate_field: ClassVar[str] = "dispute_ref"
    dispute_ref: str
    order_ref: str


@dataclass(frozen=True, kw_only=True)
class CreditDisputeHeard(Event):
    """A counterparty said its side."""

    name: ClassVar[str] = "credit_dispute.heard"
    aggregate_field: ClassVar[str] = "dispute_ref"
    dispute_ref: str
    partner_ref: str


@dataclass(frozen=True, kw_only=True)
class CreditDisputeClosed(Event):
    """Decided, withdrawn or expired; `outcome` is empty for a withdrawn claim."""

    name: ClassVar[str] = "credit_dispute.closed"
    aggregate_field: ClassVar[str] = "dispute_ref"
    dispute_ref: str
    order_ref: str
    state: str
    outcome: str
