from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum

from kernel.actor import Actor
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.orders.actions.progress import ORDERS, locked_order
from tenant_apps.orders.errors import OrderNotPaid, RefundExceedsOrder
from tenant_apps.orders.events import OrderRefunded
from tenant_apps.orders.models import LineDispute, LineRefund, Order
from tenant_apps.orders.rules import refund_spread
from tenant_apps.orders.states import FULFILMENT, MONEY, DisputeStep, FulfilmentState, MoneyState
from tenant_apps.payments.actions import request_refund
from tenant_apps.payments.queries import charge_of_order

if TYPE_CHECKING:
    from tenant_apps.payments.models import Refund


@transaction.atomic
def refund_order(
    *, order: Order, amount_minor: int, reason: str, idempotency_key: str, actor: Actor, at: datetime
) -> "Refund":
    """Ask for money of an order to go back; the order changes when the provider says that it did.

    The same key brings the same refund. Raises OrderNotPaid, and what `payments.request_refund` raises.
    """
    charge = charge_of_order(order.public_id)
    if charge is None:
        raise OrderNotPaid(sentence("Order #%(number)s was not paid.", number=order.number), order=order.public_id)
    return request_refund(
        charge_ref=charge.public_id, amount_minor=amount_minor, reason=reason, idempotency_key=idempotency_key,
        actor=actor, at=at,
    )  # fmt: skip


@transaction.atomic
def apply_refund(
    *, order_ref: str, refund_ref: str, refunded_minor: int, at: datetime, moved_at: datetime | None = None,
    returned_on: date | None = None, actor: Actor = ORDERS,
) -> Order:  # fmt: skip
    """Take a refund that succeeded off the lines, by largest remainder of what each has left; once per refund.

    Refunds and lost disputes that took all of an order before it was fulfilled cancel it. Contracts count from when it
    went back: the provider's own instant, or the day where another system told no more. Raises RetryLater before the
    order is paid (the refund overtook the payment), RefundExceedsOrder, NotFound.
    """
    order = locked_order(order_ref)
    if LineRefund.objects.filter(line__order=order, refund_ref=refund_ref).exists():
        return order
    if order.money_state == MoneyState.UNPAID:
        raise RetryLater(sentence("Order #%(number)s is not paid yet.", number=order.number))
    lines = list(order.lines.select_for_update().order_by("position"))
    totals, taken = [line.total_minor for line in lines], [line.total_minor - line.left_minor for line in lines]
    left = sum(totals) - sum(taken)
    if refunded_minor > left:
        raise RefundExceedsOrder(
            sentence(
                "%(refunded)s of order #%(number)s, %(left)s is left.",
                refunded=Money(refunded_minor, order.currency),
                number=order.number,
                left=Money(left, order.currency),
            ),
            order=order_ref,
        )
    for line, part in zip(lines, refund_spread(refunded_minor, totals=totals, gone=taken), strict=True):
        LineRefund.objects.create(
            line=line, refund_ref=refund_ref, amount_minor=part, at=at, moved_at=moved_at, returned_on=returned_on
        )
        line.refunded_minor += part
        line.save(update_fields=["refunded_minor"])
    total = order.refunded_minor + refunded_minor
    to = MoneyState.REFUNDED if total == order.total_minor else MoneyState.PARTLY_REFUNDED
    change_state(order, MONEY, to, actor=actor, at=at, reason=refund_ref, field="money_state", refunded_minor=total)
    gone = total + _lost(order) == order.total_minor
    if gone and order.fulfilment_state == FulfilmentState.OPEN:
        change_state(
            order,
            FULFILMENT,
            FulfilmentState.CANCELED,
            actor=actor,
            at=at,
            reason=sentence("The payment was refunded."),
            field="fulfilment_state",
        )
    publish(OrderRefunded(order_ref=order.public_id, refund_ref=refund_ref, at=at))
    return order


def _lost(order: Order) -> int:
    """Return what lost disputes took of an order; one that is open may still be won."""
    steps = LineDispute.objects.filter(line__order=order)
    lost = steps.filter(step=DisputeStep.LOST).values("dispute_ref")
    taken = steps.filter(step=DisputeStep.OPENED, dispute_ref__in=lost)
    return int(taken.aggregate(total=Sum("amount_minor", default=0))["total"])
