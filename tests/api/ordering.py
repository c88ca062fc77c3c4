"""Examples of the orders' operations: a paid order of Aurora's."""

from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.timezone import localdate

from kernel.clock import utc_now
from tenant_apps.orders.actions import ToldSale, import_sale
from tenant_apps.orders.models import Order
from tests.api.example import Example
from tests.payments.selling import TESTS, paid_elsewhere, place, publish_offer


def ordered() -> Order:
    return paid_elsewhere(place(publish_offer(slug="onlyaurora"), email="onlyaurora@example.com"))


def orders() -> Example:
    return Example("/orders", words=[ordered().public_id])


def order() -> Example:
    ref = ordered().public_id
    return Example(f"/orders/{ref}", has_id=True, words=[ref])


def refund() -> Example:
    path = f"/orders/{ordered().public_id}/refunds"
    return Example(path, body={"amount_minor": 100}, has_id=True, headers={"Idempotency-Key": "k"})


def outside_refund() -> Example:
    offer = publish_offer(slug="onlyaurora")
    sale = ToldSale(
        source="shop", external_id="s1", offer=offer, quantity=1, total_minor=100_00, currency="EUR",
        tax_rate=Decimal(0), cost_minor=0, email="onlyaurora@example.com", name="", sold_at=utc_now(),
    )  # fmt: skip
    order = import_sale(sale=sale, actor=TESTS, at=utc_now())
    today = localdate(utc_now(), ZoneInfo("Europe/Berlin")).isoformat()
    body = {"external_id": "r1", "amount_minor": 100, "currency": "EUR", "refunded_on": today}
    path = f"/orders/{order.public_id}/outside-refunds"
    return Example(path, body=body, has_id=True, headers={"Idempotency-Key": "k"})


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /orders": orders,
    "GET /orders/{order}": order,
    "POST /orders/{order}/refunds": refund,
    "POST /orders/{order}/outside-refunds": outside_refund,
}
