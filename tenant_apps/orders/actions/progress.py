from datetime import datetime

from django.db import transaction

from kernel.actor import Actor, system
from kernel.errors import NotFound
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.customers.actions import move_lead
from tenant_apps.customers.states import LeadState
from tenant_apps.orders.errors import OrderNotPaid
from tenant_apps.orders.events import OrderFulfilled, OrderPaid
from tenant_apps.orders.models import Order
from tenant_apps.orders.states import FULFILMENT, MONEY, FulfilmentState, MoneyState

ORDERS = system("orders")


@transaction.atomic
def mark_paid(*, order_ref: str, at: datetime, actor: Actor = ORDERS, paid_at: datetime | None = None) -> Order:
    """Note that an order's money arrived, now or as told `paid_at`; a second time changes nothing. Raises NotFound."""
    order = locked_order(order_ref)
    if order.money_state != MoneyState.UNPAID:
        return order
    change_state(order, MONEY, MoneyState.PAID, actor=actor, at=at, field="money_state", paid_at=paid_at or at)
    if order.lead and order.lead.state != LeadState.WON:
        move_lead(
            lead=order.lead,
            to=LeadState.WON,
            actor=actor,
            at=at,
            reason=sentence("Order #%(number)s was paid.", number=order.number),
        )
    publish(OrderPaid(order_ref=order.public_id, at=at))
    return order


@transaction.atomic
def mark_fulfilled(*, order: Order, actor: Actor, at: datetime) -> Order:
    """Note that everything an order owes was delivered; a second time changes nothing.

    Raises OrderNotPaid for an unpaid or wholly refunded order, IllegalTransition for a canceled one.
    """
    order = locked_order(order.public_id)
    if order.fulfilment_state == FulfilmentState.FULFILLED:
        return order
    if not MoneyState(order.money_state).is_paid:
        raise OrderNotPaid(
            sentence("Order #%(number)s is %(money_state)s.", number=order.number, money_state=order.money_state),
            order=order.public_id,
        )
    change_state(
        order, FULFILMENT, FulfilmentState.FULFILLED, actor=actor, at=at, field="fulfilment_state", fulfilled_at=at
    )
    publish(OrderFulfilled(order_ref=order.public_id, at=at))
    return order


def locked_order(order_ref: str) -> Order:
    """Return the order, locked until the transaction ends; raise NotFound."""
    orders = Order.objects.select_related("customer", "lead").select_for_update(of=("self",))
    order = orders.filter(public_id=order_ref).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order
