"""Orders over the API: read by operators, refunded once per key."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel.clock import utc_now
from shared_apps.accounts.actions import add_operator, create_api_key
from shared_apps.accounts.models import User
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.models import Message
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge, Refund
from tests.payments.selling import TESTS, paid_elsewhere, place, publish_offer


@pytest.fixture
def order(aurora: Any) -> Order:
    with brand_entered(aurora):
        return paid_elsewhere(place(publish_offer(), quantity=2))


def ask(brand: Any, method: str, path: str, *, role: Role = Role.FINANCE, **more: Any) -> Any:
    with brand_entered(brand):
        email = f"{User.objects.count()}@example.com"
        owner = add_operator(email=email, password="pass", name="Op", roles=[role], actor=TESTS)
        secret = create_api_key(name="tests", roles=[role], actor=TESTS, at=utc_now(), owner=owner)[1]
    headers = {"Host": "aurora.localhost", "Authorization": f"Bearer {secret}"} | more.pop("headers", {})
    return getattr(Client(), method)(f"/api/v1{path}", headers=headers, content_type="application/json", **more)


def test_an_order_shows_lines_payment_and_refunds(aurora: Any, order: Order) -> None:
    shown = ask(aurora, "get", f"/orders/{order.public_id}").json()
    assert (shown["number"], shown["state"], shown["total_minor"], shown["email"]) == (
        1, "paid", 23800, "ines@example.com",
    )  # fmt: skip
    assert [(line["product"], line["quantity"], line["gross_minor"]) for line in shown["lines"]] == [
        ("season-pass", 2, 23800)
    ]
    assert (shown["payment"]["amount_minor"], shown["refunds"], shown["checkout_state"]) == (23800, [], "succeeded")


def test_the_same_key_is_the_same_refund_and_another_body_is_refused(aurora: Any, order: Order) -> None:
    def refund(amount: int, key: str = "k-1") -> Any:
        body = {"amount_minor": amount, "reason": "late snow"}
        path = f"/orders/{order.public_id}/refunds"
        return ask(aurora, "post", path, data=body, headers={"Idempotency-Key": key})

    first, second = refund(5000), refund(5000)
    assert (first.status_code, first.json()) == (200, second.json())
    assert first.json()["state"] == "requested"
    assert (refund(5001).status_code, refund(5001).json()["code"]) == (409, "idempotency_key_reused")
    too_much = refund(18801, "k-2")
    assert (too_much.status_code, too_much.json()["details"]) == (409, {"left_minor": 18800, "currency": "EUR"})
    with brand_entered(aurora):
        assert (Refund.objects.count(), Charge.objects.get().refunding_minor) == (1, 5000)
        assert Message.objects.filter(name="refund.requested").count() == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"amount_minor": 100}, {}, 422),
        ({"amount_minor": 0}, {"Idempotency-Key": "k"}, 422),
        ({"amount_minor": -5}, {"Idempotency-Key": "k"}, 422),
        ({"amount_minor": 1.5}, {"Idempotency-Key": "k"}, 422),
        ({"amount_minor": 100, "currency": "KRW"}, {"Idempotency-Key": "k"}, 422),
        ({"amount_minor": 100}, {"Idempotency-Key": "k" * 81}, 422),
    ],
)
def test_a_refund_that_is_not_well_formed_moves_nothing(
    aurora: Any, order: Order, body: Any, headers: dict[str, str], status: int
) -> None:
    answer = ask(aurora, "post", f"/orders/{order.public_id}/refunds", data=body, headers=headers)
    assert answer.status_code == status
    with brand_entered(aurora):
        assert Refund.objects.count() == 0


def test_an_unpaid_order_cannot_be_refunded(aurora: Any) -> None:
    with brand_entered(aurora):
        unpaid = place(publish_offer())
    path = f"/orders/{unpaid.public_id}/refunds"
    answer = ask(aurora, "post", path, data={"amount_minor": 1}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_paid")


def test_three_orders_ask_as_often_as_one(aurora: Any, order: Order) -> None:
    asked = []
    ask(aurora, "get", "/orders")
    for more in (0, 2):
        with brand_entered(aurora):
            for n in range(more):
                place(publish_offer(slug=f"more-{n}"), email=f"c{n}@example.com")
        with CaptureQueriesContext(connection) as queries:
            answer = ask(aurora, "get", "/orders")
        assert answer.json()["count"] == 1 + more
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("search", "count"), [("#1", 1), ("1", 1), ("ines", 1), ("INES@example", 1), ("9", 0), ("nobody", 0), ("1%", 0)]
)
def test_orders_are_found_by_number_name_and_address(aurora: Any, order: Order, search: str, count: int) -> None:
    assert ask(aurora, "get", "/orders", data={"search": search}).json()["count"] == count
