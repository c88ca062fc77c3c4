"""What happens at once, on a database of its own where transactions really commit."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from kernel.clock import utc_now
from kernel.errors import DomainError
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from shared_apps.outbox.models import Delivery, Message
from tenant_apps.ledger.models import Transfer
from tenant_apps.ledger.queries import balance, flaws, trial_balance
from tenant_apps.orders.actions import place_order, refund_order
from tenant_apps.orders.models import Order
from tenant_apps.payments import actions
from tenant_apps.payments.models import Charge, Dispute, InboundEvent, PaymentIntent, Refund
from tests.conftest import brand_named
from tests.payments.selling import (
    OPERATOR,
    TESTS,
    Shop,
    connect,
    deliver,
    intent_of,
    open_checkout,
    place,
    publish_offer,
    signed,
)
from tests.sandbox.running import Sandbox


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return "sk_test_" + "".join(c for c in request.node.name if c.isalnum())


@pytest.fixture
def brand(own_database: str, key: str, sandbox: Sandbox, settings: Any) -> Iterator[Any]:
    settings.STRIPE_API_BASE = sandbox.url
    brand = brand_named("Aurora")
    with brand_entered(brand):
        connect(key)
        yield brand


@pytest.fixture
def shop(brand: Any, key: str, sandbox: Sandbox, drain: Callable[[], int]) -> Shop:
    return Shop(sandbox, key, drain)


def at_once(brand: Any, *calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads of their own, each in the brand; return results and refusals in order."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            with brand_entered(brand):
                return call()
        except DomainError as refusal:
            return refusal
        finally:
            connection.set_schema_to_public()
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_refunds_at_once_never_exceed_what_was_paid(shop: Shop, brand: Any) -> None:
    order = place(publish_offer(amount_minor=1000, tax="0"))
    shop.pay(order)

    def ask(n: int) -> Callable[[], Any]:
        return lambda: refund_order(
            order=order, amount_minor=300, reason="", idempotency_key=f"race-{n}", actor=OPERATOR, at=utc_now()
        )

    results = at_once(brand, *(ask(n) for n in range(8)))
    granted = [result for result in results if isinstance(result, Refund)]
    assert len(granted) == 3
    assert {result.code for result in results if isinstance(result, DomainError)} == {"refund_exceeds_charge"}
    charge = Charge.objects.get()
    assert (charge.refunding_minor, charge.refunded_minor) == (900, 0)
    shop.tell()
    charge.refresh_from_db()
    order.refresh_from_db()
    assert (charge.refunding_minor, charge.refunded_minor, order.refunded_minor) == (0, 900, 900)
    assert sum(Transfer.objects.filter(credit__code="processor").values_list("amount_minor", flat=True)) == 900


def test_thirty_two_at_one_charge_take_no_more_than_was_paid(shop: Shop, brand: Any) -> None:
    """Operators click twice, banks dispute, workers tell and drain: what the provider did is what our books say."""
    order = place(publish_offer(amount_minor=1000, tax="0"))
    shop.pay(order)
    charge_id = Charge.objects.get().provider_charge_id

    def click(n: int) -> Callable[[], Any]:
        return lambda: refund_order(
            order=order, amount_minor=90, reason="", idempotency_key=f"click-{n // 2}", actor=OPERATOR, at=utc_now()
        )

    def disputed() -> int:
        headers = {"Content-Type": "application/json"}
        return shop.sandbox.http("POST", f"/_sandbox/charges/{charge_id}/dispute", '{"amount": 110}', headers)[0]

    def work() -> None:
        for event in shop.events():
            deliver(event)
        drain_schema()

    wishes = [*(click(n) for n in range(16)), *[disputed] * 4, *[work] * 12]
    random.Random(20261121).shuffle(wishes)
    at_once(brand, *wishes)
    settle(shop)
    for number, dispute in enumerate(Dispute.objects.order_by("pk")):
        shop.sandbox.control(f"disputes/{dispute.provider_dispute_id}/{'win' if number % 2 else 'lose'}", {})
        settle(shop)
    charge, at_provider = Charge.objects.get(), shop.sandbox.client(shop.key).v1.charges.retrieve(charge_id)
    order.refresh_from_db()
    lost = sum(Dispute.objects.exclude(state="won").values_list("amount_minor", flat=True))
    refunds = Refund.objects.filter(state="succeeded")
    assert charge.refunded_minor == at_provider.amount_refunded == 90 * refunds.count() == order.refunded_minor
    assert (charge.refunding_minor, charge.disputed_minor, order.disputed_minor) == (0, lost, lost)
    assert charge.refunded_minor + lost <= charge.amount_minor == 1000
    assert not Refund.objects.exclude(state__in=["succeeded", "failed"]).exists()
    assert Refund.objects.count() <= 8
    assert sum(row.signed_minor for row in trial_balance()) == 0
    assert (list(flaws()), balance("sales", "EUR")) == ([], 1000 - charge.refunded_minor - lost)


def settle(shop: Shop) -> None:
    """Tell everything and work it off, also what waits for its next try, until nothing is left to do."""
    for _ in range(6):
        Delivery.objects.filter(state="waiting").update(due_at=utc_now())
        shop.tell()
    assert not Delivery.objects.exclude(state="done").exists()
    assert not InboundEvent.objects.filter(state__in=["parked", "stored"]).exists()


def test_the_same_refund_key_at_once_is_one_refund(shop: Shop, brand: Any) -> None:
    order = place(publish_offer(amount_minor=1000, tax="0"))
    shop.pay(order)

    def ask() -> Refund:
        return refund_order(
            order=order, amount_minor=300, reason="", idempotency_key="twice", actor=OPERATOR, at=utc_now()
        )

    assert len({refund.public_id for refund in at_once(brand, *[ask] * 6)}) == 1
    assert (Refund.objects.count(), Charge.objects.get().refunding_minor) == (1, 300)


def test_the_table_itself_refuses_more_than_was_paid(shop: Shop) -> None:
    order = place(publish_offer(amount_minor=1000, tax="0"))
    shop.pay(order)
    with pytest.raises(IntegrityError, match="charge_never_over_taken"), transaction.atomic():
        Charge.objects.update(refunded_minor=700, refunding_minor=301)


def test_one_event_delivered_at_once_is_stored_once(shop: Shop, brand: Any) -> None:
    order = place(publish_offer())
    open_checkout(order)
    shop.sandbox.pay(intent_of(order).session_id)
    payload, header = signed(next(e for e in shop.events() if e["type"] == "charge.succeeded"))

    def receive() -> bool:
        return actions.receive(provider="stripe", payload=payload, signature=header, at=utc_now()) is not None

    assert sorted(at_once(brand, *[receive] * 6)) == [False] * 5 + [True]
    assert InboundEvent.objects.count() == Message.objects.filter(name="provider_event.stored").count() == 1


def test_workers_at_once_on_all_events_of_a_sale_make_one_charge(shop: Shop, brand: Any) -> None:
    order = place(publish_offer())
    open_checkout(order)
    shop.sandbox.pay(intent_of(order).session_id)
    for event in shop.events():
        deliver(event)
        deliver(event | {"id": event["id"] + "x"})
    at_once(brand, *[drain_schema] * 4)
    shop.drain()
    assert Charge.objects.count() == Message.objects.filter(name="payment.succeeded").count() == 1
    assert not InboundEvent.objects.filter(state__in=["parked", "stored"]).exists()
    order.refresh_from_db()
    assert order.money_state == "paid"


def test_a_double_click_at_once_is_one_order_one_intent_one_session(shop: Shop, brand: Any) -> None:
    offer = publish_offer()

    def press() -> str:
        order = place(offer, external_id="nonce-1")
        return open_checkout(order)

    results = at_once(brand, *[press] * 5)
    urls = {result for result in results if isinstance(result, str)}
    assert len(urls) == 1
    # A twin that meets the question under way is told to try again, nothing else.
    assert {r.code for r in results if isinstance(r, DomainError)} <= {"checkout_pending"}
    assert (Order.objects.count(), PaymentIntent.objects.count()) == (1, 1)
    assert len(shop.sandbox.client(shop.key).v1.checkout.sessions.list({"limit": 10}).data) == 1


def test_numbers_have_no_gaps_although_orders_race_and_some_are_rolled_back(shop: Shop, brand: Any) -> None:
    offer = publish_offer()

    def order(n: int) -> Callable[[], Any]:
        def call() -> None:
            with transaction.atomic():
                place_order(
                    offer=offer, quantity=1, currency="EUR", email=f"c{n}@example.com", name="", visitor_ref="",
                    via_code="", source="api", external_id=f"n{n}", actor=TESTS, at=utc_now(),
                )  # fmt: skip
                transaction.set_rollback(n % 3 == 0)

        return call

    at_once(brand, *(order(n) for n in range(12)))
    assert sorted(Order.objects.values_list("number", flat=True)) == list(range(1, 9))
