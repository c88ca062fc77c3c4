"""From an order to money: one charge, whatever the provider tells in whatever order."""

import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from kernel.clock import utc_now
from shared_apps.outbox.models import Message
from tenant_apps.ledger.models import Transfer
from tenant_apps.orders.models import Order
from tenant_apps.payments import actions
from tenant_apps.payments.models import Charge, InboundEvent, PaymentIntent, Refund
from tenant_apps.payments.states import InboundState, IntentState, RefundState
from tests.payments.selling import TESTS, Shop, connect, deliver, intent_of, open_checkout, place, publish_offer


def books() -> list[tuple[str, str, int]]:
    rows = Transfer.objects.order_by("pk").values_list("debit__code", "credit__code", "amount_minor")
    return list(rows)


def published(name: str) -> int:
    return Message.objects.filter(name=name).count()


def test_a_paid_checkout_becomes_one_charge_a_paid_order_and_a_balanced_entry(shop: Shop) -> None:
    order = place(publish_offer(), quantity=2)
    url = open_checkout(order)
    assert url == f"{shop.sandbox.url}/c/pay/{intent_of(order).session_id}"
    assert (order.total_minor, order.tax_minor) == (23800, 3800)

    shop.sandbox.pay(intent_of(order).session_id)
    shop.tell()

    charge = Charge.objects.get()
    assert (charge.amount_minor, charge.currency, charge.refunded_minor) == (23800, "EUR", 0)
    assert intent_of(order).state == IntentState.SUCCEEDED
    order.refresh_from_db()
    assert (order.state, order.money_state) == ("fulfilled", "paid")
    assert books() == [("processor", "sales", 20000), ("processor", "tax", 3800)]
    assert published("payment.succeeded") == published("order.paid") == published("order.fulfilled") == 1


def test_every_event_sent_five_times_has_one_effect(shop: Shop) -> None:
    order = place(publish_offer())
    shop.pay(order)
    stored = InboundEvent.objects.count()
    for event in shop.events() * 4:
        assert not deliver(event)
    shop.drain()
    assert InboundEvent.objects.count() == stored
    assert (Charge.objects.count(), published("payment.succeeded"), len(books())) == (1, 1, 2)


def test_the_same_fact_under_another_event_id_has_one_effect(shop: Shop) -> None:
    order = place(publish_offer())
    shop.pay(order)
    for event in shop.events():
        assert deliver(event | {"id": f"{event['id']}again"})
    shop.drain()
    assert (Charge.objects.count(), published("payment.succeeded"), len(books())) == (1, 1, 2)
    assert not InboundEvent.objects.filter(state=InboundState.PARKED).exists()


def test_any_order_of_the_events_of_a_sale_with_refunds_ends_the_same(shop: Shop) -> None:
    """Payment, a refund begun at Stripe and all their events: a seeded sample of the 120 orders, both ends in."""
    order = place(publish_offer())
    open_checkout(order)
    shop.sandbox.pay(intent_of(order).session_id)
    payment = next(e["data"]["object"] for e in shop.events() if e["type"] == "payment_intent.succeeded")
    shop.sandbox.client(shop.key).v1.refunds.create({"payment_intent": payment["id"], "amount": 1900})
    told = [e for e in shop.events() if e["type"] in TOLD]
    assert len(told) == 5
    endings = set()
    permutations = list(itertools.permutations(told))
    for permutation in [permutations[0], permutations[-1], *random.Random(3).sample(permutations, 28)]:
        with transaction.atomic():
            for event in permutation:
                deliver(event)
                shop.drain()
            settle_waiting(shop.drain)
            endings.add(ending(order))
            transaction.set_rollback(True)
    assert endings == {(1, 1900, 0, 1, "succeeded", "provider", "partly_refunded", 1900, 0, 4, 0)}


TOLD = {
    "checkout.session.completed", "payment_intent.succeeded", "charge.succeeded", "refund.created", "charge.refunded",
}  # fmt: skip


def settle_waiting(drain: Callable[[], int]) -> None:
    """Let what waited for its turn be due now."""
    from shared_apps.outbox.models import Delivery

    for _ in range(4):
        Delivery.objects.filter(state="waiting").update(due_at=utc_now())
        drain()


def ending(order: Order) -> tuple[Any, ...]:
    order.refresh_from_db()
    charge, refund = Charge.objects.get(), Refund.objects.get()
    parked = InboundEvent.objects.exclude(state__in=["applied", "ignored"]).count()
    from shared_apps.outbox.models import Delivery

    return (
        published("payment.succeeded"), charge.refunded_minor, charge.refunding_minor, published("payment.refunded"),
        refund.state, refund.origin, order.money_state, order.refunded_minor, parked, len(books()),
        Delivery.objects.exclude(state="done").count(),
    )  # fmt: skip


def test_only_the_session_event_arrives_and_the_charge_is_fetched(shop: Shop) -> None:
    order = place(publish_offer())
    open_checkout(order)
    shop.sandbox.pay(intent_of(order).session_id)
    deliver(next(e for e in shop.events() if e["type"] == "checkout.session.completed"))
    shop.drain()
    order.refresh_from_db()
    assert (Charge.objects.count(), order.money_state) == (1, "paid")


def test_only_the_charge_refunded_event_arrives_and_the_refund_is_fetched(shop: Shop) -> None:
    order = place(publish_offer())
    shop.pay(order)
    shop.sandbox.client(shop.key).v1.refunds.create({"charge": Charge.objects.get().provider_charge_id, "amount": 500})
    deliver(next(e for e in shop.events() if e["type"] == "charge.refunded"))
    shop.drain()
    order.refresh_from_db()
    assert (Refund.objects.get().amount_minor, order.refunded_minor) == (500, 500)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"amount_captured": 11901}, "was agreed"),
        ({"currency": "usd"}, "was agreed"),
        ({"metadata": {"intent_ref": "pin_unknown"}, "payment_intent": "pi_unknown"}, "No checkout of ours"),
    ],
)
def test_another_amount_currency_or_unknown_intent_is_parked_and_moves_nothing(
    shop: Shop, change: dict[str, Any], note: str
) -> None:
    order = place(publish_offer())
    open_checkout(order)
    shop.sandbox.pay(intent_of(order).session_id)
    event = next(e for e in shop.events() if e["type"] == "charge.succeeded")
    event["data"]["object"] |= change
    deliver(event)
    shop.drain()
    inbound = InboundEvent.objects.get()
    assert inbound.state == InboundState.PARKED
    assert note in inbound.note
    assert (Charge.objects.count(), len(books()), published("payment.succeeded")) == (0, 0, 0)


def test_an_event_of_another_account_or_of_real_money_is_parked(shop: Shop) -> None:
    order = place(publish_offer())
    open_checkout(order)
    shop.sandbox.pay(intent_of(order).session_id)
    event = next(e for e in shop.events() if e["type"] == "charge.succeeded")
    deliver(event | {"account": "acct_somebodyelse"})
    deliver(event | {"id": "evt_live", "livemode": True})
    shop.drain()
    assert list(InboundEvent.objects.values_list("state", flat=True)) == ["parked", "parked"]
    assert Charge.objects.count() == 0


def test_a_parked_event_that_is_worked_off_again_takes_effect(shop: Shop) -> None:
    order = place(publish_offer())
    open_checkout(order)
    shop.sandbox.pay(intent_of(order).session_id)
    PaymentIntent.objects.update(provider_intent_id="pi_another")
    deliver(next(e for e in shop.events() if e["type"] == "charge.succeeded"))
    shop.drain()
    inbound = InboundEvent.objects.get()
    assert inbound.state == InboundState.PARKED
    PaymentIntent.objects.update(provider_intent_id="")
    actions.work_off(inbound_id=inbound.pk, actor=TESTS, at=utc_now())
    inbound.refresh_from_db()
    assert (inbound.state, Charge.objects.count()) == (InboundState.APPLIED, 1)


def test_a_declined_card_leaves_the_order_unpaid_and_the_same_checkout_open(shop: Shop) -> None:
    order = place(publish_offer())
    url = open_checkout(order)
    shop.sandbox.control(f"sessions/{intent_of(order).session_id}/decline", {})
    shop.tell()
    order.refresh_from_db()
    assert (order.money_state, Charge.objects.count(), open_checkout(order)) == ("unpaid", 0, url)


def test_an_expired_checkout_is_replaced_by_a_new_one(shop: Shop) -> None:
    order = place(publish_offer())
    first = open_checkout(order)
    shop.sandbox.control(f"sessions/{intent_of(order).session_id}/expire", {})
    shop.tell()
    assert intent_of(order).state == IntentState.EXPIRED
    assert open_checkout(order) != first
    assert PaymentIntent.objects.count() == 2


def test_a_refund_that_failed_gives_its_reservation_back(shop: Shop) -> None:
    order = place(publish_offer())
    shop.pay(order)
    charge = Charge.objects.get()
    refund = actions.request_refund(
        charge_ref=charge.public_id, amount_minor=500, reason="", idempotency_key="k1", actor=TESTS, at=utc_now()
    )
    shop.sandbox.client(shop.key).v1.refunds.create({"charge": charge.provider_charge_id})  # takes all of it
    shop.drain()
    refund.refresh_from_db()
    shop.tell()
    settle_waiting(shop.drain)
    charge.refresh_from_db()
    order.refresh_from_db()
    assert refund.state == RefundState.FAILED
    assert (charge.refunded_minor, charge.refunding_minor, order.money_state) == (11900, 0, "refunded")


def test_won_are_asked_for_without_decimals(sandbox: Any, in_hanok: Any, settings: Any, drain: Any) -> None:
    settings.STRIPE_API_BASE = sandbox.url
    connect("sk_test_hanokwon")
    order = place(publish_offer(amount_minor=45000, currency="KRW", tax="0.10"), currency="KRW")
    Shop(sandbox, "sk_test_hanokwon", drain).pay(order)
    assert (Charge.objects.get().amount_minor, order.money_state, order.tax_minor) == (45000, "paid", 4091)


def test_asking_the_provider_leaves_nothing_in_the_home_folder(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("stripe._telemetry_id._loaded", False)
    open_checkout(place(publish_offer()))
    assert list(tmp_path.iterdir()) == []
