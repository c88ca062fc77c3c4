"""An answer that never came: looked up or asked with the same key, never with a new one."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import utc_now
from shared_apps.audit.models import AuditEvent
from tenant_apps.orders.actions import refund_order
from tenant_apps.orders.errors import CheckoutPending, CheckoutRefused
from tenant_apps.payments.models import Charge, PaymentIntent, Refund
from tenant_apps.payments.states import IntentState, RefundState
from tenant_apps.payments.tasks import resolve_here
from tests.payments.selling import OPERATOR, Shop, intent_of, open_checkout, place, publish_offer


def sessions(shop: Shop) -> list[Any]:
    return list(shop.sandbox.client(shop.key).v1.checkout.sessions.list({"limit": 100}).data)


def refunds(shop: Shop) -> list[Any]:
    return list(shop.sandbox.client(shop.key).v1.refunds.list({"limit": 100}).data)


def age(hours: float = 0.1) -> None:
    """Make what was asked look older by the world's clock."""
    then = utc_now() - timedelta(hours=hours)
    PaymentIntent.objects.update(asked_at=then)
    Refund.objects.update(asked_at=then)


@pytest.mark.parametrize("knobs", [{"drop_next": 1}, {"fail_next": 500}, {"fail_next": 503}, {"fail_next": 429}])
def test_a_checkout_without_answer_is_unknown_and_the_task_finds_it(shop: Shop, knobs: dict[str, int]) -> None:
    order = place(publish_offer())
    shop.sandbox.knobs(**knobs)
    with pytest.raises(CheckoutPending):
        open_checkout(order)
    intent = intent_of(order)
    assert (intent.state, intent.checkout_url) == (IntentState.UNKNOWN, "")
    age()
    assert resolve_here() == 1
    intent.refresh_from_db()
    assert intent.state == IntentState.OPEN
    assert [session.id for session in sessions(shop)] == [intent.session_id]
    assert open_checkout(order) == intent.checkout_url


def test_the_customer_who_tries_again_goes_on_with_the_same_key(shop: Shop) -> None:
    order = place(publish_offer())
    shop.sandbox.knobs(drop_next=3)
    for _ in range(2):
        with pytest.raises(CheckoutPending):
            open_checkout(order)
    shop.sandbox.knobs(drop_next=0)
    url = open_checkout(order)
    assert (PaymentIntent.objects.count(), [s.url for s in sessions(shop)]) == (1, [url])


def test_a_worker_killed_between_intent_and_question_leaves_work_for_the_task(shop: Shop) -> None:
    order = place(publish_offer())
    open_checkout(order)
    asked = sessions(shop)
    PaymentIntent.objects.update(state=IntentState.CREATED, session_id="", checkout_url="")
    age()
    resolve_here()
    assert intent_of(order).state == IntentState.OPEN
    assert [s.id for s in sessions(shop)] == [s.id for s in asked] == [intent_of(order).session_id]


def test_after_the_key_has_died_a_session_is_looked_up_and_never_asked_for_again(shop: Shop) -> None:
    order = place(publish_offer())
    shop.sandbox.knobs(drop_next=1)
    with pytest.raises(CheckoutPending):
        open_checkout(order)
    age(hours=25)
    resolve_here()
    assert (intent_of(order).state, len(sessions(shop))) == (IntentState.OPEN, 1)


def test_after_the_key_has_died_a_wish_nobody_heard_is_closed_and_can_be_wished_anew(shop: Shop) -> None:
    order = place(publish_offer())
    shop.sandbox.knobs(fail_next=500)
    with pytest.raises(CheckoutPending):
        open_checkout(order)
    age(hours=25)
    resolve_here()
    assert (intent_of(order).state, len(sessions(shop))) == (IntentState.EXPIRED, 0)
    assert open_checkout(order).startswith(shop.sandbox.url)
    assert (PaymentIntent.objects.count(), len(sessions(shop))) == (2, 1)


def test_a_provider_that_is_away_leaves_the_intent_unknown_however_often_it_is_tried(shop: Shop, settings: Any) -> None:
    order = place(publish_offer())
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(CheckoutPending):
        open_checkout(order)
    for _ in range(3):
        age()
        resolve_here()
    assert intent_of(order).state == IntentState.UNKNOWN
    assert AuditEvent.objects.filter(verb="paymentintent.unknown").count() == 1


def test_a_refusal_is_a_no_and_is_told_as_such(shop: Shop) -> None:
    order = place(publish_offer(amount_minor=10))  # below what the provider collects
    with pytest.raises(CheckoutRefused):
        open_checkout(order)
    assert intent_of(order).state == IntentState.REFUSED
    assert "at least" in intent_of(order).error


@pytest.mark.parametrize("knobs", [{"drop_next": 1}, {"fail_next": 500}])
def test_a_refund_without_answer_stays_reserved_and_the_task_finds_its_end(shop: Shop, knobs: dict[str, int]) -> None:
    order = place(publish_offer())
    shop.pay(order)
    shop.sandbox.knobs(**knobs)
    refund = ask(order, 1000)
    shop.drain()
    refund.refresh_from_db()
    charge = Charge.objects.get()
    assert (refund.state, charge.refunding_minor, charge.refunded_minor) == (RefundState.UNKNOWN, 1000, 0)
    age()
    resolve_here()
    shop.drain()
    refund.refresh_from_db()
    charge.refresh_from_db()
    order.refresh_from_db()
    assert (refund.state, charge.refunding_minor, charge.refunded_minor) == (RefundState.SUCCEEDED, 0, 1000)
    assert ([r.id for r in refunds(shop)], order.refunded_minor) == ([refund.provider_refund_id], 1000)


def test_a_refund_nobody_heard_of_fails_when_its_key_has_died(shop: Shop) -> None:
    order = place(publish_offer())
    shop.pay(order)
    shop.sandbox.knobs(fail_next=500)
    refund = ask(order, 1000)
    shop.drain()
    age(hours=25)
    resolve_here()
    refund.refresh_from_db()
    assert (refund.state, len(refunds(shop)), Charge.objects.get().refunding_minor) == (RefundState.FAILED, 0, 0)


def test_the_webhook_may_tell_the_end_before_the_answer(shop: Shop) -> None:
    order = place(publish_offer())
    shop.pay(order)
    shop.sandbox.knobs(drop_next=1)
    refund = ask(order, 1000)
    shop.drain()
    shop.tell()
    refund.refresh_from_db()
    assert (refund.state, refund.origin, Refund.objects.count()) == (RefundState.SUCCEEDED, "operator", 1)
    age()
    assert resolve_here() == 0


def ask(order: Any, amount: int) -> Refund:
    return refund_order(
        order=order,
        amount_minor=amount,
        reason="late snow",
        idempotency_key=f"test-{amount}",
        actor=OPERATOR,
        at=utc_now(),
    )
