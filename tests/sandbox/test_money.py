"""Every amount is an integer, every currency has its own unit, and the books sum to zero."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import stripe

from tests.sandbox.running import Sandbox, a_session, paid_intent, price


def test_balance_transactions_follow_the_money(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 5000)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1200})
    out, come = client.v1.balance_transactions.list().data
    assert (come.type, come.amount, come.fee, come.net, come.source) == (
        "charge",
        5000,
        0,
        5000,
        intent.latest_charge,
    )
    assert (out.type, out.amount, out.fee, out.net, out.source) == ("refund", -1200, 0, -1200, refund.id)
    assert [t.id for t in client.v1.balance_transactions.list({"type": "refund"}).data] == [out.id]
    assert [t.id for t in client.v1.balance_transactions.list({"source": refund.id}).data] == [out.id]
    assert client.v1.balance_transactions.retrieve(come.id).net == 5000
    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["balance_transaction"]})
    assert charge.balance_transaction.id == come.id


def test_the_balance_is_kept_per_currency(client: stripe.StripeClient) -> None:
    paid_intent(client, 5000)
    won = paid_intent(client, 40_000, "krw")
    client.v1.refunds.create({"payment_intent": won.id, "amount": 15_000})
    balance = client.v1.balance.retrieve()
    held = {line.currency: line.amount for line in balance.pending}
    free = {line.currency: line.amount for line in balance.available}
    assert {code: held[code] + free[code] for code in held} == {"eur": 5000, "krw": 25_000}


def test_fees_are_taken_and_not_given_back(own: Callable[..., Sandbox]) -> None:
    sandbox = own("--fee-bps", "290", "--fee-fixed", "30")
    client = sandbox.client()
    intent = paid_intent(client, 10_000)
    client.v1.refunds.create({"payment_intent": intent.id})
    out, come = client.v1.balance_transactions.list().data
    assert (come.amount, come.fee, come.net) == (10_000, 320, 9_680)
    assert come.fee_details[0].amount == 320
    assert (out.amount, out.fee, out.net) == (-10_000, 0, -10_000)
    assert sandbox.state_now()["books"] == {"balanced": True, "sums": {"eur": 0}, "problems": []}


def test_the_books_balance_after_a_busy_day(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    for amount, currency in ((1999, "eur"), (50_000, "krw"), (1_230, "kwd"), (99_999_999, "usd")):
        intent = paid_intent(client, amount, currency)
        client.v1.refunds.create({"payment_intent": intent.id, "amount": amount // 3})
    session = a_session(client)
    sandbox.control(f"sessions/{session.id}/decline", {})
    sandbox.pay(session.id)
    books = sandbox.state_now()["books"]
    assert books["balanced"] is True
    assert set(books["sums"]) >= {"eur", "krw", "kwd", "usd"}
    assert set(books["sums"].values()) == {0}


@pytest.mark.parametrize(
    ("amount", "currency", "code", "param"),
    [
        (0, "eur", "parameter_invalid_integer", "amount"),
        (-500, "eur", "parameter_invalid_integer", "amount"),
        (49, "eur", "amount_too_small", "amount"),
        (100_000_000, "eur", "amount_too_large", "amount"),
        (1_234, "kwd", "invalid_amount", "amount"),
        (150, "isk", "invalid_amount", "amount"),
        (1_000, "xyz", None, "currency"),
    ],
)
def test_amounts_that_stripe_would_not_charge(
    client: stripe.StripeClient, amount: int, currency: str, code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create({"amount": amount, "currency": currency})
    assert (caught.value.code, caught.value.param) == (code, param)
    assert client.v1.payment_intents.list().data == []


def test_currencies_are_written_in_lower_case(client: stripe.StripeClient) -> None:
    assert client.v1.payment_intents.create({"amount": 1000, "currency": "EUR"}).currency == "eur"


def test_lines_of_one_session_share_a_currency(client: stripe.StripeClient) -> None:
    lines = [{"price_data": price("A", 1000, code), "quantity": 1} for code in ("eur", "usd")]
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        a_session(client, line_items=lines)


def test_a_total_is_held_to_the_same_limits(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        a_session(client, line_items=[{"price_data": price("A", 60_000_000), "quantity": 2}])
    assert caught.value.code == "amount_too_large"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        a_session(client, line_items=[{"price_data": price("A", -1), "quantity": 2}])
    assert caught.value.param == "line_items[0][price_data][unit_amount]"
