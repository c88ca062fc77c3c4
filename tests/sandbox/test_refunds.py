"""Refunds: in part, in full, and never more than the charge has left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.running import Sandbox, paid_intent


def refused(client: stripe.StripeClient, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create(params)  # type: ignore[arg-type]
    assert caught.value.http_status == 400
    return caught.value


def test_a_full_refund_gives_everything_back(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 1999)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "reason": "requested_by_customer"})
    assert (refund.amount, refund.currency, refund.status) == (1999, "eur", "succeeded")
    assert (refund.charge, refund.payment_intent) == (intent.latest_charge, intent.id)
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1999, True)


def test_partial_refunds_add_up_to_the_charge(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 1000)
    for amount, refunded, whole in ((300, 300, False), (300, 600, False), (400, 1000, True)):
        client.v1.refunds.create({"charge": str(intent.latest_charge), "amount": amount})
        charge = client.v1.charges.retrieve(str(intent.latest_charge))
        assert (charge.amount_refunded, charge.refunded) == (refunded, whole)


def test_a_refund_without_amount_takes_what_is_left(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 1000)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 999})
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 1


def test_more_than_the_charge_is_refused_and_nothing_moves(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 1999)
    error = refused(client, charge=intent.latest_charge, amount=2000)
    assert error.param == "amount"
    assert error.user_message == "Refund amount (€20.00) is greater than charge amount (€19.99)"
    assert client.v1.refunds.list().data == []
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
    assert len(client.v1.balance_transactions.list().data) == 1


def test_more_than_the_rest_is_refused(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 1999)
    client.v1.refunds.create({"charge": str(intent.latest_charge), "amount": 1500})
    error = refused(client, charge=intent.latest_charge, amount=500)
    assert error.user_message == "Refund amount (€5.00) is greater than unrefunded amount on charge (€4.99)"
    assert len(client.v1.refunds.list().data) == 1


def test_a_refunded_charge_is_refused_by_its_own_code(client: stripe.StripeClient) -> None:
    intent = paid_intent(client)
    client.v1.refunds.create({"payment_intent": intent.id})
    assert refused(client, payment_intent=intent.id).code == "charge_already_refunded"
    assert refused(client, charge=intent.latest_charge, amount=1).code == "charge_already_refunded"


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_than_nothing_are_refused(client: stripe.StripeClient, amount: int) -> None:
    intent = paid_intent(client)
    assert refused(client, payment_intent=intent.id, amount=amount).param == "amount"


def test_an_unpaid_intent_cannot_be_refunded(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})
    assert refused(client, payment_intent=intent.id).code == "payment_intent_unexpected_state"
    assert refused(client).code == "parameter_missing"
    with pytest.raises(stripe.InvalidRequestError, match="No such charge: 'ch_none'"):
        client.v1.refunds.create({"charge": "ch_none"})


def test_a_failed_charge_cannot_be_refunded(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create(
            {"amount": 1000, "currency": "eur", "payment_method": "pm_card_chargeDeclined", "confirm": True}
        )
    failed = declined.value.json_body["error"]["charge"]
    assert "did not succeed" in refused(client, charge=failed).user_message


def test_many_refunds_at_once_never_exceed_the_charge(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 1000)

    def one(_: int) -> int:
        try:
            return client.v1.refunds.create({"payment_intent": intent.id, "amount": 300}).amount
        except stripe.InvalidRequestError:
            return 0

    with ThreadPoolExecutor(8) as many:
        got = list(many.map(one, range(16)))
    assert sorted(got, reverse=True)[:4] == [300, 300, 300, 0]
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 900
    assert sandbox.state_now()["books"]["problems"] == []


def test_refunds_are_listed_by_charge_and_intent(client: stripe.StripeClient) -> None:
    first, second = paid_intent(client), paid_intent(client)
    mine = client.v1.refunds.create({"payment_intent": first.id, "amount": 10})
    client.v1.refunds.create({"payment_intent": second.id, "amount": 20})
    assert [r.id for r in client.v1.refunds.list({"payment_intent": first.id}).data] == [mine.id]
    assert [r.id for r in client.v1.refunds.list({"charge": str(first.latest_charge)}).data] == [mine.id]
    assert [r.amount for r in client.v1.refunds.list().data] == [20, 10]
    charge = client.v1.charges.retrieve(str(first.latest_charge), {"expand": ["refunds"]})
    assert [r.id for r in charge.refunds.data] == [mine.id]


def test_only_the_metadata_of_a_refund_changes(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid_intent(client).id, "metadata": {"a": "1", "b": "2"}})
    changed = client.v1.refunds.update(refund.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    (event,) = client.v1.events.list({"type": "refund.updated"}).data
    assert event.data.previous_attributes["metadata"].to_dict() == {"a": "1", "b": "2"}


def test_a_refund_in_another_currency_is_refused(client: stripe.StripeClient) -> None:
    assert refused(client, payment_intent=paid_intent(client).id, currency="usd").param == "currency"
