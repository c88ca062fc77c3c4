"""A customer pays, is declined, turns back, or comes too late."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import stripe

from tests.sandbox.running import Sandbox, a_session, eventually, price


def test_a_session_is_opened_with_what_was_asked(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, metadata={"order": "ord_1"}, locale="ko")
    assert (session.amount_total, session.amount_subtotal, session.currency) == (10_900, 10_900, "eur")
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert session.client_reference_id == "ord_1"
    assert session.customer_details.email == session.customer_email == "kim@example.com"
    assert session.metadata["order"] == "ord_1"
    assert session.locale == "ko"
    assert session.payment_intent is None
    assert session.success_url.endswith("{CHECKOUT_SESSION_ID}")
    assert session.expires_at - session.created == 86_400
    assert client.v1.checkout.sessions.retrieve(session.id).to_dict() == session.to_dict()


def test_line_items_keep_name_quantity_and_amount(client: stripe.StripeClient) -> None:
    session = a_session(client, expand=["line_items.data.price.product"])
    first, second = session.line_items.data
    assert (first.description, first.quantity, first.amount_total) == ("Consulting hour", 2, 9_900)
    assert (second.description, second.quantity, second.amount_total) == ("Travel", 1, 1_000)
    assert first.price.unit_amount == 4_950
    assert first.price.product.name == "Consulting hour"
    listed = client.v1.checkout.sessions.line_items.list(session.id, {"limit": 1})
    assert [item.id for item in listed.data] == [first.id]
    assert listed.has_more is True
    assert [item.id for item in listed.auto_paging_iter()] == [first.id, second.id]


def test_paying_charges_the_total_once_and_completes_the_session(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, payment_intent_data={"metadata": {"order": "ord_1"}, "description": "Order 1"})
    answer = sandbox.pay(session.id, email="lee@example.com", name="Lee")
    assert answer["paid"] is True
    assert answer["redirect"] == f"https://shop.example/thanks?session={session.id}"
    session = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert (session.customer_details.email, session.customer_details.name) == ("lee@example.com", "Lee")
    intent = session.payment_intent
    assert (intent.status, intent.amount, intent.amount_received) == ("succeeded", 10_900, 10_900)
    assert (intent.metadata["order"], intent.description) == ("ord_1", "Order 1")
    charge = intent.latest_charge
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (10_900, 10_900, 0)
    assert (charge.paid, charge.captured, charge.refunded) == (True, True, False)
    assert charge.metadata["order"] == "ord_1"
    assert charge.billing_details.name == "Lee"
    assert charge.payment_method_details.card.last4 == "4242"


def test_a_paid_session_cannot_be_paid_or_expired_again(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client)
    sandbox.pay(session.id)
    status, _, _ = sandbox.http("POST", f"/_sandbox/sessions/{session.id}/pay", "", {})
    assert status == 400
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        client.v1.checkout.sessions.expire(session.id)
    assert len(client.v1.charges.list().data) == 1


def test_a_decline_leaves_the_session_open_for_another_card(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client)
    assert sandbox.control(f"sessions/{session.id}/decline", {})["paid"] is False
    session = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent.status == "requires_payment_method"
    assert session.payment_intent.last_payment_error.code == "card_declined"
    assert client.v1.balance_transactions.list().data == []
    assert sandbox.pay(session.id)["paid"] is True
    charges = client.v1.charges.list({"payment_intent": session.payment_intent.id}).data
    assert [(c.status, c.amount_captured) for c in charges] == [("succeeded", 10_900), ("failed", 0)]


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    ],
)
def test_each_declining_card_says_why(
    client: stripe.StripeClient, sandbox: Sandbox, card: str, code: str, decline: str
) -> None:
    session = a_session(client)
    assert sandbox.pay(session.id, card=card)["paid"] is False
    (charge,) = client.v1.charges.list().data
    assert (charge.failure_code, charge.outcome.reason) == (code, decline)


def test_a_free_order_completes_without_a_charge(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, line_items=[{"price_data": price("Gift", 0), "quantity": 3}])
    sandbox.pay(session.id)
    session = client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status) == ("complete", "no_payment_required")
    assert client.v1.payment_intents.list().data == []


def test_won_have_no_decimals(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, line_items=[{"price_data": price("좌석", 33_000, "krw"), "quantity": 2}])
    sandbox.pay(session.id)
    (transaction,) = client.v1.balance_transactions.list().data
    assert (transaction.amount, transaction.currency) == (66_000, "krw")
    another = a_session(client, line_items=[{"price_data": price("좌석", 33_000, "krw"), "quantity": 1}])
    _, _, html = sandbox.http(
        "GET",
        f"/c/pay/{another.id}",
    )
    assert "₩33,000" in html


def test_expiring_closes_the_session_and_cancels_its_intent(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client)
    sandbox.control(f"sessions/{session.id}/decline", {})
    expired = client.v1.checkout.sessions.expire(session.id, {"expand": ["payment_intent"]})
    assert (expired.status, expired.url) == ("expired", None)
    assert (expired.payment_intent.status, expired.payment_intent.cancellation_reason) == ("canceled", "expired")
    status, _, text = sandbox.http("POST", f"/_sandbox/sessions/{session.id}/pay", "", {})
    assert (status, "status of expired" in text) == (400, True)
    assert [c.status for c in client.v1.charges.list().data] == ["failed"]


def test_a_session_expires_by_itself(own: Callable[..., Sandbox]) -> None:
    sandbox = own("--session-min-seconds", "1")
    client = sandbox.client()
    session = a_session(client, expires_at=int(time.time()) + 1)
    eventually(lambda: client.v1.checkout.sessions.retrieve(session.id).status == "expired")
    (event,) = client.v1.events.list({"type": "checkout.session.expired"}).data
    assert event.data.object["id"] == session.id


def test_sessions_are_listed_by_state_intent_and_customer(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com", "name": "Ada"})
    paid = a_session(client)
    sandbox.pay(paid.id)
    params = {"customer": customer.id, "line_items": [{"price_data": price("Book", 900), "quantity": 1}]}
    mine = client.v1.checkout.sessions.create(
        params | {"mode": "payment", "success_url": "https://shop.example/ok"}  # type: ignore[arg-type]
    )
    sessions = client.v1.checkout.sessions
    assert mine.customer_details.name == "Ada"
    assert [s.id for s in sessions.list({"customer": customer.id}).data] == [mine.id]
    assert [s.id for s in sessions.list({"status": "complete"}).data] == [paid.id]
    intent = sessions.retrieve(paid.id).payment_intent
    assert [s.id for s in sessions.list({"payment_intent": str(intent)}).data] == [paid.id]
    assert [s.id for s in sessions.list({"customer_details": {"email": "kim@example.com"}}).data] == [paid.id]


def test_a_customer_is_made_when_asked_for(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, customer_creation="always")
    sandbox.pay(session.id, email="new@example.com", name="New")
    session = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert (session.customer.email, session.customer.name) == ("new@example.com", "New")
    (charge,) = client.v1.charges.list({"customer": session.customer.id}).data
    assert charge.amount == 10_900
