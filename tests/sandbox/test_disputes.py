"""Disputes: opened and decided by the side door, told as Stripe tells them, with balanced books."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.running import Sandbox, paid_intent

JSON = {"Content-Type": "application/json"}


def disputed(sandbox: Sandbox, client: stripe.StripeClient, amount: int = 2000, **wanted: Any) -> tuple[str, str]:
    charge = str(paid_intent(client, amount).latest_charge)
    return charge, str(sandbox.control(f"charges/{charge}/dispute", wanted)["id"])


def types(client: stripe.StripeClient) -> list[str]:
    told = [event.type for event in client.v1.events.list({"limit": 100}).data]
    return [type_ for type_ in reversed(told) if type_.startswith("charge.dispute.")]


def test_an_opened_dispute_withdraws_its_funds_and_a_fee(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    charge, id_ = disputed(sandbox, client, reason="product_not_received")
    dispute = client.v1.disputes.retrieve(id_)
    assert (dispute.amount, dispute.charge, dispute.status, dispute.reason) == (
        2000, charge, "needs_response", "product_not_received",
    )  # fmt: skip
    assert [(move.amount, move.fee, move.net) for move in dispute.balance_transactions] == [(-2000, 1500, -3500)]
    assert client.v1.charges.retrieve(charge).disputed
    assert [found.id for found in client.v1.disputes.list({"charge": charge}).data] == [id_]
    assert types(client) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert sandbox.state_now()["books"]["balanced"]


def test_a_won_dispute_brings_funds_and_fee_back(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    charge, id_ = disputed(sandbox, client)
    assert sandbox.control(f"disputes/{id_}/respond", {})["status"] == "under_review"
    assert sandbox.control(f"disputes/{id_}/win", {})["status"] == "won"
    moves = client.v1.disputes.retrieve(id_).balance_transactions
    assert sum(move.net for move in moves) == 0
    assert types(client)[2:] == [
        "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated",
    ]  # fmt: skip
    assert client.v1.refunds.create({"charge": charge}).amount == 2000


def test_each_step_says_when_it_happened(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    charge, id_ = disputed(sandbox, client)
    sandbox.control(f"disputes/{id_}/win", {})
    dispute = client.v1.disputes.retrieve(id_)
    told = [event for event in client.v1.events.list({"limit": 100}).data if event.type.startswith("charge.dispute.")]
    moved = [move.created for move in dispute.balance_transactions]
    assert client.v1.charges.retrieve(charge).created <= dispute.created <= moved[0] <= moved[1]
    assert [event.created for event in reversed(told)] == [dispute.created, moved[0], moved[1], moved[1]]


def test_a_disputed_charge_cannot_be_refunded(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    charge, id_ = disputed(sandbox, client)
    sandbox.control(f"disputes/{id_}/lose", {})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": charge})
    assert caught.value.code == "charge_disputed"


def test_what_is_refunded_or_disputed_is_not_disputed_again(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    charge = str(paid_intent(client, 2000).latest_charge)
    client.v1.refunds.create({"charge": charge, "amount": 500})
    for wanted, status in (({"amount": 1501}, 400), ({"amount": 0}, 400), ({"reason": "mood"}, 400), ({}, 200)):
        answer = sandbox.http("POST", f"/_sandbox/charges/{charge}/dispute", json.dumps(wanted), JSON)
        assert answer[0] == status
    assert [found.amount for found in client.v1.disputes.list().data] == [1500]


def test_a_dispute_is_decided_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    _, id_ = disputed(sandbox, client)
    sandbox.control(f"disputes/{id_}/win", {})
    for verb in ("win", "lose", "respond"):
        assert sandbox.http("POST", f"/_sandbox/disputes/{id_}/{verb}", "{}", JSON)[0] == 400
