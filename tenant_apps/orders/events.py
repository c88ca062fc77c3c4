from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    name: ClassVar[str] = "order.placed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str


@dataclass(frozen=True, kw_only=True)
class OrderPaid(Event):
    name: ClassVar[str] = "order.paid"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str


@dataclass(frozen=True, kw_only=True)
class OrderFulfilled(Event):
    name: ClassVar[str] = "order.fulfilled"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(Event):
    """`refund_ref` names the payment's refund; the lines carry how much of each went back so far."""

    name: ClassVar[str] = "order.refunded"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    refund_ref: str


@dataclass(frozen=True, kw_only=True)
class OrderDisputed(Event):
    """A payment dispute holds money of the order; the lines carry how much open and lost disputes hold of each."""

    name: ClassVar[str] = "order.disputed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    dispute_ref: str


@dataclass(frozen=True, kw_only=True)
class OrderDisputeClosed(Event):
    """A won dispute gave back to the lines what it held; a lost one keeps it."""

    name: ClassVar[str] = "order.dispute_closed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    dispute_ref: str
    won: bool
