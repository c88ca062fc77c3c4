"""Refunds that another system paid, told by finance."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from kernel.actor import Actor
from kernel.money import Money
from shared_apps.brands.clock import now
from tenant_apps.console.forms.money import OutsideRefundForm
from tenant_apps.console.views.making import Made, maker
from tenant_apps.orders.actions import ToldRefund, record_outside_refund
from tenant_apps.orders.models import Order
from tenant_apps.orders.policies import may_tell_refunds


def _tell(request: HttpRequest, form: Any, order: Order, actor: Actor) -> Made:
    said = form.cleaned_data
    told = ToldRefund(
        external_id=said["reference"], amount_minor=form.minor("amount", order.currency), currency=order.currency,
        refunded_on=said["refunded_on"], reason=said["reason"],
    )  # fmt: skip
    record_outside_refund(order=order, told=told, actor=actor, at=now())
    return "orders_order", order.pk


def _left(order: Order) -> dict[str, str]:
    return {"left": Money(order.left_minor, order.currency).format(get_language() or "en")}


tell_refund = maker(OutsideRefundForm, may_tell_refunds, Order, begin=_left)(_tell)
