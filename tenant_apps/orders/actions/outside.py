"""Refunds that another system paid: told by a file or a person, once per id there."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.orders.actions.progress import locked_order
from tenant_apps.orders.actions.refunds import apply_refund
from tenant_apps.orders.errors import OrderNotPaid, OrderPaidHere, RefundDiffers, RefundExceedsOrder
from tenant_apps.orders.models import Order, OutsideRefund
from tenant_apps.orders.queries.outside import wrong_refund_day
from tenant_apps.orders.states import MoneyState
from tenant_apps.payments.queries import charge_of_order

MOST_MINOR = 10**15


@dataclass(frozen=True, kw_only=True)
class ToldRefund:
    """What another system says that it gave back; `external_id` is the refund's own id there."""

    external_id: str
    amount_minor: int
    currency: str
    refunded_on: date
    reason: str = ""


@transaction.atomic
def record_outside_refund(
    *, order: Order, told: ToldRefund, actor: Actor, at: datetime, key: str | None = None, capped: bool = False
) -> OutsideRefund:
    """Take off an order what another system gave back of it; told again, by id or by `key`, the same one comes back.

    No money of ours moves, so no account of the provider does: what follows is what follows any refund of the day on
    which it went back, whenever it is told.
    `capped` takes at most what is left, as a file does, whose facts nobody can change; a person is told
    RefundExceedsOrder (details: what is left). Raises InvalidInput naming the field, OrderNotPaid,
    OrderPaidHere when a charge of ours paid it, RefundDiffers when id or key mean another refund.
    """
    order = locked_order(order.public_id)
    if wrong := _wrong(order, told, at):
        raise InvalidInput(errors=wrong)
    if known := _known(order, told, key):
        return _same_or_refused(known, order, told)
    left = _left(order)
    if told.amount_minor > left and not capped:
        most = Money(left, order.currency)
        message = sentence("At most %(left)s is left of order #%(number)s.", left=most, number=order.number)
        raise RefundExceedsOrder(message, left_minor=left, currency=order.currency)
    refund = OutsideRefund(
        order=order, source=order.source, external_id=told.external_id, amount_minor=told.amount_minor,
        applied_minor=min(told.amount_minor, left), currency=told.currency, refunded_on=told.refunded_on,
        reason=told.reason, idempotency_key=key, told_by=actor.label[:120], told_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            refund.save(force_insert=True)
    except IntegrityError:  # a twin about another order was faster
        twins = _known(order, told, key)
        if not twins:
            raise
        return _same_or_refused(twins, order, told)
    after = {"amount_minor": refund.amount_minor, "applied_minor": refund.applied_minor, "id": refund.external_id}
    record(actor=actor, verb="refund.told", subject=order, at=at, reason=told.reason, after=after)
    if refund.applied_minor:
        apply_refund(
            order_ref=order.public_id, refund_ref=refund.public_id, refunded_minor=refund.applied_minor, at=at,
            returned_on=told.refunded_on, actor=actor,
        )  # fmt: skip
    return refund


def _wrong(order: Order, told: ToldRefund, at: datetime) -> list[dict[str, str]]:
    named = told.external_id.strip() and len(told.external_id) <= 80
    wrong = {
        "external_id": "" if named else "must have 1 to 80 characters",
        "amount_minor": "" if 0 < told.amount_minor <= MOST_MINOR else "must be above zero and within what books hold",
        "currency": ""
        if told.currency == order.currency
        else sentence("is not the currency of the sale, %(currency)s", currency=order.currency),
        "refunded_on": wrong_refund_day(order, told.refunded_on, at),
        "reason": "" if len(told.reason) <= 300 else "must have at most 300 characters",
    }
    return [{"field": field, "message": said} for field, said in wrong.items() if said]


def _known(order: Order, told: ToldRefund, key: str | None) -> list[OutsideRefund]:
    same = Q(source=order.source, external_id=told.external_id)
    return list(OutsideRefund.objects.filter(same | Q(idempotency_key=key) if key else same).order_by("pk"))


def _same_or_refused(known: list[OutsideRefund], order: Order, told: ToldRefund) -> OutsideRefund:
    """Return the refund that id and key mean; one that either means and that is another one is refused."""
    for each in known:
        before = (each.order_id, each.external_id, each.amount_minor, each.refunded_on)
        if before != (order.pk, told.external_id, told.amount_minor, told.refunded_on):
            raise RefundDiffers("A refund with this id or key exists and is another one.", refund=each.public_id)
    return known[0]


def _left(order: Order) -> int:
    if order.money_state == MoneyState.UNPAID:
        raise OrderNotPaid(sentence("Order #%(number)s was not paid.", number=order.number), order=order.public_id)
    if charge_of_order(order.public_id) is not None:
        message = sentence("Order #%(number)s was paid here: refund its payment.", number=order.number)
        raise OrderPaidHere(message, order=order.public_id)
    return order.left_minor
