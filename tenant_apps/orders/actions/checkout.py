from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from shared_apps.audit.actions import record
from tenant_apps.orders.errors import CheckoutPending, CheckoutRefused, OrderAlreadyPaid
from tenant_apps.orders.models import Order
from tenant_apps.orders.states import MoneyState
from tenant_apps.payments.actions import open_intent
from tenant_apps.payments.errors import AlreadyPaid
from tenant_apps.payments.states import IntentState


def open_checkout(*, order: Order, success_url: str, cancel_url: str, actor: Actor, at: datetime) -> str:
    """Return the address of the provider's page where this order is paid: a conversation, not a transaction.

    The first call fixes the moment from which a later touch can no longer take the credit. Calling
    again is safe: it goes on with the same key. Raises OrderAlreadyPaid, CheckoutPending (no answer
    yet), CheckoutRefused, NoAccount.
    """
    if order.money_state != MoneyState.UNPAID:
        raise OrderAlreadyPaid("This order is paid.", order=order.public_id)
    _note_opening(order, actor, at)
    lines = list(order.lines.order_by("position"))
    try:
        intent = open_intent(
            order_ref=order.public_id, amount_minor=order.total_minor, tax_minor=order.tax_minor,
            currency=order.currency, customer_email=order.customer.email, description=f"Order #{order.number}",
            line_items=[
                {"name": line.title, "quantity": line.quantity, "unit_minor": line.gross_minor // line.quantity}
                for line in lines
            ],
            success_url=success_url, cancel_url=cancel_url, actor=actor, at=at,
        )  # fmt: skip
    except AlreadyPaid as paid:
        raise OrderAlreadyPaid("This order is paid.", order=order.public_id) from paid
    if intent.state == IntentState.REFUSED:
        raise CheckoutRefused("The payment provider does not accept this order.", order=order.public_id)
    if not intent.checkout_url:
        raise CheckoutPending("The payment provider has not answered yet.", order=order.public_id)
    return intent.checkout_url


def _note_opening(order: Order, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        if Order.objects.filter(pk=order.pk, checkout_opened_at=None).update(checkout_opened_at=at):
            record(actor=actor, verb="order.checkout_opened", subject=order, at=at)
            order.checkout_opened_at = at
