"""Examples of the orders' operations: a paid order of Aurora's."""

from collections.abc import Callable

from tenant_apps.orders.models import Order
from tests.api.example import Example
from tests.payments.selling import paid_elsewhere, place, publish_offer


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


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /orders": orders,
    "GET /orders/{order}": order,
    "POST /orders/{order}/refunds": refund,
}
