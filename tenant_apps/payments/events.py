from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ProviderEventStored(Event):
    """A verified event waits in the inbox; handled by this app itself."""

    name: ClassVar[str] = "provider_event.stored"
    aggregate_field: ClassVar[str] = "inbound_id"
    inbound_id: int


@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(Event):
    name: ClassVar[str] = "payment.succeeded"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    charge_ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Event):
    """Money went back. `refunded_minor` is this refund, `total_refunded_minor` all of the charge so far.

    `moved_at` is the provider's own instant, `at` when we heard of it.
    """

    name: ClassVar[str] = "payment.refunded"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    charge_ref: str
    refund_ref: str
    refunded_minor: int
    total_refunded_minor: int
    currency: str
    moved_at: datetime


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """A refund is recorded with its key; the provider is asked by an effect handler of this app."""

    name: ClassVar[str] = "refund.requested"
    aggregate_field: ClassVar[str] = "refund_ref"
    refund_ref: str


@dataclass(frozen=True, kw_only=True)
class PaymentToLookUp(Event):
    """An event told of money that another one names; asked for at the provider if that one stays away.

    `refunded_minor` is what went back as far as the provider has told us.
    """

    name: ClassVar[str] = "payment.to_look_up"
    aggregate_field: ClassVar[str] = "intent_ref"
    intent_ref: str
    refunded_minor: int


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed(Event):
    """A customer's bank disputes part of a charge, or all of it."""

    name: ClassVar[str] = "payment.disputed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    charge_ref: str
    dispute_ref: str
    disputed_minor: int
    currency: str
    moved_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaymentDisputeClosed(Event):
    """The bank decided: a won dispute gives its money back, a lost one keeps it."""

    name: ClassVar[str] = "payment.dispute_closed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    dispute_ref: str
    won: bool
    moved_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaymentIdentified(Event):
    """The card behind a known charge was told later than its money."""

    name: ClassVar[str] = "payment.identified"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    charge_ref: str


@dataclass(frozen=True, kw_only=True)
class TransferRequested(Event):
    """A transfer is recorded with its key; the provider is asked by an effect handler of this app."""

    name: ClassVar[str] = "transfer.requested"
    aggregate_field: ClassVar[str] = "transfer_ref"
    transfer_ref: str


@dataclass(frozen=True, kw_only=True)
class TransferSucceeded(Event):
    """The money of one attempt of a payout is at the partner's connected account."""

    name: ClassVar[str] = "transfer.succeeded"
    aggregate_field: ClassVar[str] = "payout_ref"
    payout_ref: str
    attempt: int
    transfer_ref: str


@dataclass(frozen=True, kw_only=True)
class TransferFailed(Event):
    """The provider moved nothing for this attempt, and never will."""

    name: ClassVar[str] = "transfer.failed"
    aggregate_field: ClassVar[str] = "payout_ref"
    payout_ref: str
    attempt: int
    transfer_ref: str


@dataclass(frozen=True, kw_only=True)
class TransferReversed(Event):
    """A part of an attempt's money that had arrived came back; `is_whole` when one reversal took all of it."""

    name: ClassVar[str] = "transfer.reversed"
    aggregate_field: ClassVar[str] = "payout_ref"
    payout_ref: str
    attempt: int
    transfer_ref: str
    reversal_ref: str
    amount_minor: int
    is_whole: bool


@dataclass(frozen=True, kw_only=True)
class TransferToLookUp(Event):
    """More came back of a transfer than the provider's event named; asked for at the provider."""

    name: ClassVar[str] = "transfer.to_look_up"
    aggregate_field: ClassVar[str] = "transfer_ref"
    transfer_ref: str
