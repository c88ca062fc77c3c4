"""Payouts by transfers at the real sandbox: once each; unknown answers looked up, reversed money paid anew."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import utc_now
from sandbox.ids import account_of
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.states import PayoutMethod
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger.queries import balance
from tenant_apps.payments.models import InboundEvent, PartnerTransfer
from tenant_apps.payments.tasks import resolve_here
from tenant_apps.settlements import errors
from tenant_apps.settlements.actions import (
    approve_batch,
    confirm_payout,
    fail_payout,
    make_batch,
    request_payout,
    return_payout,
    send_batch,
)
from tenant_apps.settlements.models import Payout, PayoutBatch
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.states import BatchMethod
from tests.payments.selling import Shop, connect
from tests.sandbox.running import Sandbox
from tests.settlements.books import ANNA, BEN, JULY, JUNE, enrolled
from tests.settlements.paying_out import issued_for, said

KEY = "sk_test_transfers"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3").start()
    yield running
    running.stop()


@pytest.fixture
def shop(
    sandbox: Sandbox, in_aurora: Any, settings: Any, request: pytest.FixtureRequest, drain: Callable[[], int]
) -> Shop:
    settings.STRIPE_API_BASE = sandbox.url
    key = KEY + "".join(c for c in request.node.nodeid if c.isascii() and c.isalnum())[-100:]
    connect(key, account_of(key))
    return Shop(sandbox, key, drain)


def partners(shop: Shop, *amounts: int, funds: int = 100_000) -> list[str]:
    """Partners with a connected account each, whose May is issued; the brand's account holds funds."""
    stripe = shop.sandbox.client(shop.key).v1
    stripe.payment_intents.create(
        {"amount": funds, "currency": "eur", "payment_method": "pm_card_bypassPending", "confirm": True}
    )
    deals, accounts = [], []
    for number, amount in enumerate(amounts):
        accounts.append(str(stripe.accounts.create({"type": "express"}).id))
        deal = enrolled(entered_brand(), f"Partner {number}")
        deals.append((said(deal, method=PayoutMethod.STRIPE, stripe_account=accounts[-1]), amount))
    issued_for(*deals)
    return accounts


def sent(shop: Shop) -> PayoutBatch:
    batch = approve_batch(
        batch=make_batch(method=BatchMethod.STRIPE, currency="EUR", actor=ANNA, at=JUNE), actor=BEN, at=JUNE
    )  # fmt: skip
    send_batch(batch=batch, actor=BEN, at=JUNE)
    shop.drain()
    batch.refresh_from_db()
    return batch


def transfers(shop: Shop) -> list[tuple[str, int]]:
    found = shop.sandbox.client(shop.key).v1.transfers.list({"limit": 100}).data
    return sorted((str(each.destination), each.amount) for each in found)


def age(hours: float = 0.1) -> None:
    PartnerTransfer.objects.update(asked_at=utc_now() - timedelta(hours=hours))


def states() -> tuple[list[str], list[str]]:
    payouts = Payout.objects.order_by("pk").values_list("state", flat=True)
    return list(PartnerTransfer.objects.order_by("pk").values_list("state", flat=True)), list(payouts)


def test_a_batch_is_transferred_and_settles(shop: Shop) -> None:
    first, second = partners(shop, 170_00, 25_01)
    batch = make_batch(method=BatchMethod.STRIPE, currency="EUR", actor=ANNA, at=JUNE)
    with pytest.raises(errors.SecondPersonNeeded):
        approve_batch(batch=batch, actor=ANNA, at=JUNE)
    approve_batch(batch=batch, actor=BEN, at=JUNE)
    shop.drain()
    assert transfers(shop) == []
    send_batch(batch=batch, actor=BEN, at=JUNE)
    shop.drain()
    assert transfers(shop) == sorted([(first, 170_00), (second, 25_01)])
    assert states() == (["succeeded"] * 2, ["paid"] * 2)
    shop.tell()  # the events say nothing new
    batch.refresh_from_db()
    assert (batch.state, set(Commission.objects.values_list("state", flat=True))) == ("settled", {"paid"})
    assert all(payout.reference.startswith("tr_") for payout in Payout.objects.all())
    assert (balance("processor", "EUR"), balance("bank", "EUR")) == (-195_01, 0)
    assert list(mismatches()) == []


@pytest.mark.parametrize("knobs", [{"drop_next": 1}, {"fail_next": 500}, {"fail_next": 429}])
def test_an_answer_that_stays_away_is_unknown_and_looked_up(shop: Shop, knobs: dict[str, int]) -> None:
    [account] = partners(shop, 170_00)
    shop.sandbox.knobs(**knobs)
    sent(shop)
    assert states() == (["unknown"], ["in_transit"])
    with pytest.raises(errors.PayoutUnderWay):
        request_payout(settlement=Payout.objects.get().settlement, actor=BEN, at=JULY)
    age()
    assert resolve_here() == 1
    shop.drain()
    assert (states(), transfers(shop)) == ((["succeeded"], ["paid"]), [(account, 170_00)])
    assert list(mismatches()) == []


def test_after_its_key_has_died_a_transfer_is_looked_up_and_never_made_twice(shop: Shop) -> None:
    [account] = partners(shop, 170_00)
    shop.sandbox.knobs(drop_next=1)
    sent(shop)
    age(hours=25)
    resolve_here()
    shop.drain()
    assert (states(), transfers(shop)) == ((["succeeded"], ["paid"]), [(account, 170_00)])


def test_one_that_nobody_heard_of_fails_and_is_paid_once_by_a_new_batch(shop: Shop) -> None:
    [account] = partners(shop, 170_00)
    shop.sandbox.knobs(fail_next=500)
    batch = sent(shop)
    age(hours=25)
    resolve_here()
    shop.drain()
    batch.refresh_from_db()
    assert (states(), transfers(shop), batch.state) == ((["failed"], ["failed"]), [], "partly_failed")
    assert Commission.objects.get().state == "payable"
    sent(shop)
    assert (states(), transfers(shop)) == ((["failed", "succeeded"], ["paid"]), [(account, 170_00)])
    with pytest.raises(errors.NothingToBatch):
        sent(shop)
    assert list(mismatches()) == []


def test_a_refused_transfer_fails_with_stripes_words_and_the_others_arrive(shop: Shop) -> None:
    first, second = partners(shop, 170_00, 25_01)
    shop.sandbox.control(f"accounts/{first}/restrict", {})
    batch = sent(shop)
    assert states() == (["failed", "succeeded"], ["failed", "paid"])
    refused = Payout.objects.get(state="failed")
    assert "capabilities" in refused.failure
    assert (batch.state, transfers(shop)) == ("partly_failed", [(second, 25_01)])
    assert sorted(Commission.objects.values_list("state", flat=True)) == ["paid", "payable"]
    assert list(mismatches()) == []


def test_a_reversed_transfer_is_owed_again_and_paid_once_more(shop: Shop) -> None:
    [account] = partners(shop, 170_00)
    sent(shop)
    stripe = shop.sandbox.client(shop.key).v1
    stripe.transfers.reversals.create(stripe.transfers.list().data[0].id)
    shop.tell()
    shop.tell()
    payout = Payout.objects.get()
    assert (states(), payout.settlement.state) == ((["reversed"], ["failed"]), "issued")
    assert list(mismatches()) == []
    sent(shop)
    shop.tell()
    assert states() == (["reversed", "succeeded"], ["paid"])
    assert (transfers(shop), balance("processor", "EUR")) == ([(account, 170_00)] * 2, -170_00)
    assert list(mismatches()) == []


def test_a_transfer_that_came_back_in_part_or_that_nobody_asked_for_waits_for_a_person(shop: Shop) -> None:
    [account] = partners(shop, 170_00)
    sent(shop)
    stripe = shop.sandbox.client(shop.key).v1
    stripe.transfers.reversals.create(stripe.transfers.list().data[0].id, {"amount": 1})
    stripe.transfers.create({"amount": 5, "currency": "eur", "destination": account})
    shop.tell()
    parked = InboundEvent.objects.filter(state="parked", type__startswith="transfer.").order_by("pk")
    assert list(parked.values_list("type", flat=True)) == ["transfer.reversed", "transfer.created"]
    assert states() == (["succeeded"], ["paid"])
    assert list(mismatches()) == []


def test_nobody_says_by_hand_how_a_transfer_ended(shop: Shop) -> None:
    partners(shop, 170_00)
    shop.sandbox.knobs(drop_next=1)
    sent(shop)
    payout = Payout.objects.get()
    for verb in (fail_payout, return_payout):
        with pytest.raises(errors.ProviderDecides):
            verb(payout=payout, reason="it did not come", actor=BEN, at=JULY)
    with pytest.raises(errors.ProviderDecides):
        confirm_payout(payout=payout, reference="I saw it", actor=BEN, at=JULY)
    assert states() == (["unknown"], ["in_transit"])


def test_without_an_account_of_the_brand_nothing_is_batched(in_aurora: Any) -> None:
    issued_for((said(enrolled(in_aurora), method=PayoutMethod.STRIPE, stripe_account="acct_1A2b3C4d5E6f"), 100))
    with pytest.raises(errors.BatchNotReady, match="Stripe"):
        make_batch(method=BatchMethod.STRIPE, currency="EUR", actor=ANNA, at=JUNE)
