from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from ninja import Field, Schema
from pydantic import ConfigDict

from kernel.strict import Day, Text
from tenant_apps.orders.models import Line, Order, OutsideRefund
from tenant_apps.payments.queries import charge_of_order, disputes_of_order, intent_of_order, refunds_of_order

if TYPE_CHECKING:
    from tenant_apps.payments.models import Charge, Dispute, Refund


class LineOut(Schema):
    """One offer of an order, frozen as it was sold; `disputed_minor` is what open and lost disputes hold of it."""

    id: str = Field(alias="public_id")
    product: str = Field(alias="product_code")
    kind: str = Field(alias="product_kind")
    title: str
    quantity: int
    gross_minor: int
    discount_minor: int
    tax_minor: int
    refunded_minor: int
    disputed_minor: int


class PaymentOut(Schema):
    """The charge that paid an order. `refunding_minor` is on its way back, `refunded_minor` arrived.

    `disputed_minor` is what open and lost disputes hold.
    """

    id: str = Field(alias="public_id")
    provider_id: str = Field(alias="provider_charge_id")
    amount_minor: int
    refunded_minor: int
    refunding_minor: int
    disputed_minor: int
    currency: str
    captured_at: datetime


class PaymentDisputeOut(Schema):
    """A customer's bank took money back until it decides.

    `withdrawn_minor` left the account, `reinstated_minor` of it is back. `evidence_due_at` is until when the
    bank takes the brand's evidence.
    """

    id: str = Field(alias="public_id")
    provider_id: str = Field(alias="provider_dispute_id")
    state: str
    reason: str
    amount_minor: int
    withdrawn_minor: int
    reinstated_minor: int
    fee_minor: int
    currency: str
    evidence_due_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None


class RefundOut(Schema):
    """Money on its way back, or arrived; `origin` says who began it, `refunded_at` when the provider did it."""

    id: str = Field(alias="public_id")
    state: str
    amount_minor: int
    currency: str
    reason: str
    origin: str
    requested_at: datetime
    settled_at: datetime | None
    refunded_at: datetime | None


class OutsideRefundOut(Schema):
    """Money that another system gave back; `applied_minor` is what of it was left of the order."""

    id: str = Field(alias="public_id")
    source: str
    external_id: str
    amount_minor: int
    applied_minor: int
    currency: str
    refunded_on: date
    reason: str
    told_by: str
    told_at: datetime


class OrderOut(Schema):
    """A sale and where its money and its fulfilment stand."""

    id: str = Field(alias="public_id")
    number: int
    state: str
    money_state: str
    fulfilment_state: str
    customer: str = Field(alias="customer.public_id")
    email: str = Field(alias="customer.email")
    name: str = Field(alias="customer.name")
    source: str
    external_id: str
    via: str = Field(alias="via_code")
    code: str
    country: str
    metadata: dict[str, str]
    currency: str
    total_minor: int
    tax_minor: int
    refunded_minor: int
    disputed_minor: int
    placed_at: datetime
    paid_at: datetime | None
    fulfilled_at: datetime | None


class OrderDetailOut(OrderOut):
    """One order with its lines, its payment, its refunds and disputes; `outside_refunds` were paid elsewhere."""

    lines: list[LineOut]
    checkout_state: str | None
    payment: PaymentOut | None
    refunds: list[RefundOut]
    outside_refunds: list[OutsideRefundOut]
    disputes: list[PaymentDisputeOut]

    @staticmethod
    def resolve_lines(order: Order) -> list[Line]:
        """The lines in their order."""
        return list(order.lines.order_by("position"))

    @staticmethod
    def resolve_checkout_state(order: Order) -> str | None:
        """How far the customer's payment page is; None before it was opened."""
        intent = intent_of_order(order.public_id)
        return intent.state if intent else None

    @staticmethod
    def resolve_payment(order: Order) -> "Charge | None":
        """The charge that paid it."""
        return charge_of_order(order.public_id)

    @staticmethod
    def resolve_refunds(order: Order) -> "list[Refund]":
        """The refunds, oldest first."""
        return list(refunds_of_order(order.public_id))

    @staticmethod
    def resolve_outside_refunds(order: Order) -> list[OutsideRefund]:
        """What another system gave back, oldest first."""
        return list(order.outside_refunds.order_by("pk"))

    @staticmethod
    def resolve_disputes(order: Order) -> "list[Dispute]":
        """The disputes of its payment, oldest first."""
        return list(disputes_of_order(order.public_id))


class RefundIn(Schema):
    """How much goes back, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)

    amount_minor: Annotated[int, Field(ge=1, le=10**15)]
    reason: Annotated[Text, Field(max_length=300)] = ""


class OutsideRefundIn(Schema):
    """What another system gave back of an order that it was paid for; `external_id` is the refund's id there."""

    model_config = ConfigDict(extra="forbid", strict=True)

    external_id: Annotated[Text, Field(min_length=1, max_length=80)]
    amount_minor: Annotated[int, Field(ge=1, le=10**15)]
    currency: Annotated[Text, Field(min_length=3, max_length=3)]
    refunded_on: Day
    reason: Annotated[Text, Field(max_length=300)] = ""
