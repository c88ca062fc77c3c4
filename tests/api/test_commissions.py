"""Commissions and attributions as the API tells them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.draining import drain_schema
from tenant_apps.commissions.models import Commission
from tenant_apps.orders.actions import mark_paid as pay_order
from tenant_apps.orders.models import Order
from tests.commissions.selling import AT, TEN_PERCENT, add_line, offer_at, order_of, partner, refund, visit

from .conftest import ask

Key = Callable[..., str]
type Sell = Callable[[str], Order]


@pytest.fixture
def sell(aurora: Brand) -> Sell:
    """Return a verb that sells two lines to a visitor whom one partner brought."""
    with brand_entered(aurora):
        nord, offer, second = partner("nord", TEN_PERCENT), offer_at(100_00), offer_at(50_00, code="map")

    def one(visitor: str) -> Order:
        with brand_entered(aurora):
            visit(visitor, nord)
            order = order_of(offer, visitor)
            add_line(order, second, 50_00)
            pay_order(order_ref=order.public_id, at=AT)
            while drain_schema():
                pass
            return order

    return one


@pytest.mark.parametrize("path", ["/commissions", "/attributions"])
def test_three_sales_ask_as_often_as_one(aurora: Brand, key_of: Key, sell: Sell, path: str) -> None:
    secret, asked = key_of(aurora), []
    ask(aurora, path, secret)
    for visitors in (["v1"], ["v2", "v3"]):
        for visitor in visitors:
            sell(visitor)
        with CaptureQueriesContext(connection) as queries:
            answer = ask(aurora, path, secret)
        assert answer.status_code == 200, answer.content
        asked.append(len(queries))
    assert answer.json()["count"] == {"/commissions": 6, "/attributions": 3}[path]
    assert asked[0] == asked[1]


def test_a_commission_tells_how_it_came_about(aurora: Brand, key_of: Key, sell: Sell) -> None:
    order, secret = sell("v1"), key_of(aurora, Role.OPERATIONS)
    with brand_entered(aurora):
        refund(order, 15_00)
        while drain_schema():
            pass
    listed = ask(aurora, f"/commissions?order={order.public_id}&state=pending", secret).json()["items"]
    assert [(line["kind"], line["amount_minor"]) for line in listed] == [
        ("reversal", -50), ("reversal", -1_00), ("earning", 5_00), ("earning", 10_00),
    ]  # fmt: skip
    assert [line["reverses"] for line in listed] == [listed[2]["id"], listed[3]["id"], None, None]
    shown = ask(aurora, f"/commissions/{listed[3]['id']}", secret).json()
    assert shown == listed[3]
    assert shown["explanation"][-1] == {
        "code": "commission", "facts": {"amount": "10.00 EUR"}, "label": "Commission", "value": "10.00 EUR",
    }  # fmt: skip
    assert ask(aurora, f"/commissions?partner={shown['partner']}", secret).json()["count"] == 4
    assert ask(aurora, "/commissions?state=paid", secret).json()["items"] == []


def test_an_attribution_tells_every_touch_its_verdict(aurora: Brand, key_of: Key, sell: Sell) -> None:
    order, secret = sell("v1"), key_of(aurora)
    [decision] = ask(aurora, f"/attributions?order={order.public_id}", secret).json()["items"]
    assert (decision["model"], decision["policy"], decision["amount_minor"]) == ("last", 1, 150_00)
    assert [(share["partner_name"], share["amount_minor"]) for share in decision["shares"]] == [("nord", 150_00)]
    assert [(verdict["won"], verdict["explanation"]) for verdict in decision["verdicts"]] == [
        (True, "Credited with 100.00 %: the last touch takes it all.")
    ]
    assert ask(aurora, f"/attributions/{decision['id']}", secret).json() == decision


def test_finance_holds_releases_and_cancels_with_a_reason(aurora: Brand, key_of: Key, sell: Sell) -> None:
    sell("v1")
    with brand_entered(aurora):
        line = Commission.objects.order_by("pk").first()
        assert line is not None
    path, finance = f"/commissions/{line.public_id}", key_of(aurora, Role.FINANCE)
    told = {"reason": "Looks odd"}
    assert posted(aurora, f"{path}/hold", key_of(aurora, Role.OPERATIONS), told).status_code == 403
    assert posted(aurora, f"{path}/hold", finance, {}).status_code == 422
    assert posted(aurora, f"{path}/hold", finance, told | {"state": "paid"}).status_code == 422
    with brand_entered(aurora):
        assert AuditEvent.objects.filter(subject_id=line.public_id).count() == 0
    assert posted(aurora, f"{path}/hold", finance, told).json()["state"] == "hold"
    assert posted(aurora, f"{path}/release", finance, told).json()["state"] == "pending"
    assert posted(aurora, f"{path}/cancel", finance, told).json()["state"] == "canceled"
    refused = posted(aurora, f"{path}/hold", finance, told)
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


def test_another_brands_commission_is_unknown(aurora: Brand, hanok: Brand, key_of: Key, sell: Sell) -> None:
    order = sell("v1")
    with brand_entered(aurora):
        line = Commission.objects.order_by("pk").first()
        assert line is not None
    secret = key_of(hanok)
    unknown = ask(hanok, f"/commissions/com_{'0' * 26}", secret)
    foreign = ask(hanok, f"/commissions/{line.public_id}", secret)
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    assert ask(hanok, f"/attributions?order={order.public_id}", secret).json() == {"items": [], "count": 0}


def posted(brand: Brand, path: str, secret: str, body: dict[str, Any]) -> Any:
    return ask(brand, path, secret, "post", data=body, content_type="application/json")
