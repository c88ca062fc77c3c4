"""The console's money verbs at their doors: who may, how often, how much, and where they lead back to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge, Refund
from tenant_apps.settlements.models import Settlement
from tests.payments.selling import paid_elsewhere, place, publish_offer
from tests.settlements.books import MAY, earned, enrolled

Operators = Callable[..., Client]
NONCE = "req_of_one_page"


@pytest.fixture
def order(aurora: Brand) -> Order:
    with brand_entered(aurora):
        return paid_elsewhere(place(publish_offer()))


def refund(operator: Client, order: Order, amount: str, **also: Any) -> Any:
    form = {"amount": amount, "reason": "late snow", "nonce": NONCE}
    return operator.post(f"/console/verbs/orders/{order.pk}/refund", form, **also)


def asked(brand: Brand) -> list[int]:
    with brand_entered(brand):
        return list(Refund.objects.order_by("pk").values_list("amount_minor", flat=True))


def test_a_form_sent_twice_is_one_refund(aurora: Brand, order: Order, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.FINANCE)
    for _ in range(2):
        assert refund(operator, order, "10.50").status_code == 302
    assert refund(operator, order, "20").status_code == 302  # the page's nonce is used up
    assert asked(aurora) == [10_50]
    with brand_entered(aurora):
        assert Charge.objects.get().refunding_minor == 10_50


@pytest.mark.parametrize("amount", ["0", "-1", "119.01", "1e2", "NaN", "10.505", "9" * 30, "", "١٠"])
def test_an_amount_that_cannot_be_refunded_is_refused_in_words(
    aurora: Brand, order: Order, operator_of: Operators, amount: str
) -> None:
    assert refund(operator_of(aurora, Role.FINANCE), order, amount).status_code == 302
    assert asked(aurora) == []


def test_a_verb_leads_back_to_our_own_page_and_to_no_other(aurora: Brand, order: Order, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.FINANCE)
    own = f"http://aurora.localhost/console/orders/order/{order.pk}/change/"
    assert refund(operator, order, "1", headers={"referer": own})["Location"] == own
    for foreign in ("https://evil.example/", "//evil.example/", "http://aurora.localhost.evil.example/"):
        back = refund(operator, order, "1", headers={"referer": foreign})["Location"]
        assert back == "/console/orders/order/"


def test_who_may_not_is_refused_and_remembered(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        earned(enrolled(aurora), 1000, MAY)
    operations = operator_of(aurora, Role.OPERATIONS)
    answer = operations.post("/console/verbs/periods/close", {"label": "2026-05", "typed": "2026-05"})
    assert answer.status_code == 403
    with brand_entered(aurora):
        assert Settlement.objects.count() == 0
        assert AuditEvent.objects.filter(verb="denied.close_period").count() == 1


def test_who_closed_does_not_approve(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        earned(enrolled(aurora), 1000, MAY)
    admin = operator_of(aurora, Role.ADMIN)
    admin.post("/console/verbs/periods/close", {"label": "2026-05", "typed": "2026-05"})
    with brand_entered(aurora):
        draft = Settlement.objects.get()
    admin.post(f"/console/verbs/settlements/{draft.pk}/approve")
    admin.post(f"/console/verbs/periods/{draft.period_id}/approve")
    with brand_entered(aurora):
        draft.refresh_from_db()
        assert draft.state == "draft"


def test_a_verb_is_a_post_with_a_token_of_this_brand(
    aurora: Brand, hanok: Brand, order: Order, operator_of: Operators
) -> None:
    path = f"/console/verbs/orders/{order.pk}/refund"
    careful = operator_of(aurora, Role.FINANCE, enforce_csrf_checks=True)
    assert careful.get(path).status_code == 405
    assert careful.post(path, {"amount": "1"}).status_code == 403
    assert operator_of(hanok, Role.FINANCE).post(path, {"amount": "1"}).status_code == 404
    assert Client(headers={"Host": "aurora.localhost"}).post(path, {"amount": "1"}).status_code == 302  # to sign in
    assert asked(aurora) == []
