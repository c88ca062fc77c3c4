"""What the provider did stays true however late, or by whom, it is asked again."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import utc_now
from tenant_apps.orders.actions import refund_order
from tenant_apps.orders.models import Order
from tenant_apps.payments.actions import record_charge, record_session
from tenant_apps.payments.models import Charge, InboundEvent, PaymentIntent, Refund
from tenant_apps.payments.providers.stripe.contents import CapturedCharge, OpenSession
from tenant_apps.payments.providers.stripe.questions import ask_refund
from tenant_apps.payments.states import InboundState, IntentState, RefundState
from tenant_apps.payments.tasks import resolve_here
from tests.payments.selling import OPERATOR, TESTS, Shop, deliver, intent_of, open_checkout, place, publish_offer


def test_a_refund_whose_answer_died_with_the_worker_is_looked_up_even_when_its_key_is_dead(shop: Shop) -> None:
    order = paid(shop)
    refund = ask(order, 1000)
    done_there = ask_refund(refund)  # killed before the answer was written; the machine came back two days later
    age(hours=48)
    resolve_here()
    refund.refresh_from_db()
    assert (refund.state, refund.provider_refund_id) == (RefundState.SUCCEEDED, done_there.refund_id)
    assert Charge.objects.get().refunded_minor == 1000


def test_a_checkout_whose_answer_died_with_the_worker_is_looked_up_even_when_its_key_is_dead(shop: Shop) -> None:
    order = place(publish_offer())
    url = open_checkout(order)
    PaymentIntent.objects.update(state=IntentState.CREATED, session_id="", checkout_url="")
    age(hours=25)
    resolve_here()
    intent = intent_of(order)
    assert (intent.state, intent.checkout_url) == (IntentState.OPEN, url)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_look_up_does_not_mean_that_the_refund_failed(shop: Shop, status: int) -> None:
    order = paid(shop)
    shop.sandbox.knobs(drop_next=1)
    refund = ask(order, 1000)
    shop.drain()
    age()
    shop.sandbox.knobs(fail_next=status)
    resolve_here()
    refund.refresh_from_db()
    assert (refund.state, Charge.objects.get().refunding_minor) == (RefundState.UNKNOWN, 1000)
    resolve_here()
    refund.refresh_from_db()
    assert (refund.state, Charge.objects.get().refunded_minor) == (RefundState.SUCCEEDED, 1000)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_look_up_does_not_mean_that_the_checkout_was_refused(shop: Shop, status: int) -> None:
    order = place(publish_offer())
    url = open_checkout(order)
    PaymentIntent.objects.update(state=IntentState.UNKNOWN, session_id="", checkout_url="")
    age()
    shop.sandbox.knobs(fail_next=status)
    resolve_here()
    assert intent_of(order).state == IntentState.UNKNOWN
    resolve_here()
    assert (intent_of(order).state, intent_of(order).checkout_url) == (IntentState.OPEN, url)


def test_money_for_an_expired_checkout_waits_for_a_person_while_another_checkout_is_open(shop: Shop) -> None:
    order = place(publish_offer())
    open_checkout(order)
    first = intent_of(order)
    shop.sandbox.pay(first.session_id)
    PaymentIntent.objects.filter(pk=first.pk).update(state=IntentState.EXPIRED)
    open_checkout(order)
    assert intent_of(order).pk != first.pk
    for event in shop.events():
        deliver(event)
    shop.drain()
    charges = InboundEvent.objects.filter(type="charge.succeeded")
    assert [(event.state, "paid" in event.note) for event in charges] == [(InboundState.PARKED, True)]
    assert Charge.objects.count() == 0


def test_an_answer_that_comes_late_does_not_forget_which_payment_it_was(shop: Shop) -> None:
    order = place(publish_offer())
    url = open_checkout(order)
    intent = intent_of(order)
    fact = CapturedCharge(
        intent_ref=intent.public_id, provider_intent_id="pi_1", charge_id="ch_1", amount_minor=11900, currency="EUR"
    )
    record_charge(fact=fact, account_id=intent.account.account_id, actor=TESTS, at=utc_now())
    late = OpenSession(intent_ref=intent.public_id, session_id=intent.session_id, url=url)
    record_session(intent=intent, fact=late, actor=TESTS, at=utc_now())
    assert intent_of(order).provider_intent_id == "pi_1"


def paid(shop: Shop) -> Order:
    order = place(publish_offer())
    shop.pay(order)
    return order


def ask(order: Any, amount: int) -> Refund:
    return refund_order(
        order=order, amount_minor=amount, reason="late snow", idempotency_key=f"test-{amount}", actor=OPERATOR,
        at=utc_now(),
    )  # fmt: skip


def age(hours: float = 0.1) -> None:
    then = utc_now() - timedelta(hours=hours)
    PaymentIntent.objects.update(asked_at=then)
    Refund.objects.update(asked_at=then)
