"""Transfers: out of available money, to accounts that may take them, back by reversals; the books balance."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.running import Sandbox


def funded(client: stripe.StripeClient, amount: int = 5000, card: str = "pm_card_bypassPending") -> str:
    """Charge a card whose money is available at once; return a connected account."""
    client.v1.payment_intents.create({"amount": amount, "currency": "eur", "payment_method": card, "confirm": True})
    return str(client.v1.accounts.create({"type": "express", "country": "DE", "email": "nord@example.com"}).id)


def send(client: stripe.StripeClient, destination: str, amount: int = 2000, key: str = "", **more: Any) -> Any:
    asked: Any = {"amount": amount, "currency": "eur", "destination": destination} | more
    return client.v1.transfers.create(asked, {"idempotency_key": key} if key else {})


def available(client: stripe.StripeClient) -> int:
    return int(client.v1.balance.retrieve().available[0].amount)


def test_money_is_transferred_once_per_key_and_found_by_its_group(sandbox: Sandbox, client: Any) -> None:
    destination = funded(client)
    first = send(client, destination, key="payout-1", transfer_group="g1", metadata={"transfer_ref": "ctr_1"})
    again = send(client, destination, key="payout-1", transfer_group="g1", metadata={"transfer_ref": "ctr_1"})
    assert (first.id, first.amount, first.metadata["transfer_ref"]) == (again.id, 2000, "ctr_1")
    assert [found.id for found in client.v1.transfers.list({"transfer_group": "g1"}).data] == [first.id]
    assert client.v1.transfers.list({"transfer_group": "g2"}).data == []
    assert available(client) == 3000
    assert sandbox.state_now()["books"]["balanced"]


@pytest.mark.parametrize(("amount", "code"), [(5001, "balance_insufficient"), (0, "parameter_invalid_integer")])
def test_what_is_not_there_does_not_leave(sandbox: Sandbox, client: Any, amount: int, code: str) -> None:
    destination = funded(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(client, destination, amount)
    assert (refused.value.code, available(client)) == (code, 5000)


def test_money_that_is_not_available_yet_does_not_leave(client: Any) -> None:
    destination = funded(client, card="pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(client, destination)
    assert refused.value.code == "balance_insufficient"


def test_unknown_and_restricted_accounts_take_nothing(sandbox: Sandbox, client: Any) -> None:
    destination = funded(client)
    sandbox.control(f"accounts/{destination}/restrict", {})
    for account, code in ((destination, "insufficient_capabilities_for_transfer"), ("acct_nobody", "resource_missing")):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            send(client, account)
        assert refused.value.code == code
    assert client.v1.transfers.list().data == []


def test_a_transfer_is_reversed_in_parts_and_never_beyond_itself(sandbox: Sandbox, client: Any) -> None:
    transfer = send(client, funded(client))
    client.v1.transfers.reversals.create(transfer.id, {"amount": 500})
    client.v1.transfers.reversals.create(transfer.id)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.transfers.reversals.create(transfer.id, {"amount": 1})
    now = client.v1.transfers.retrieve(transfer.id)
    assert (now.amount_reversed, now.reversed, [each.amount for each in now.reversals.data]) == (
        2000,
        True,
        [1500, 500],
    )
    told = [event.type for event in client.v1.events.list({"limit": 100}).data if event.type.startswith("transfer.")]
    assert told == ["transfer.reversed", "transfer.reversed", "transfer.created"]
    assert available(client) == 5000
    assert sandbox.state_now()["books"]["balanced"]
