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
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balance
from tenant_apps.payments.models import InboundEvent, PartnerTransfer
from tenant_apps.payments.tasks import resolve_here
from tenant_apps.settlements import errors
from tenant_apps.settlements.actions import (
    approve_batch,
    approve_period,
    close_period,
    confirm_payout,
    fail_payout,
    issue_statement,
    make_batch,
    request_payout,
    return_payout,
    send_batch,
)
from tenant_apps.settlements.documents import html_of
from tenant_apps.settlements.models import Adjustment, Payout, PayoutBatch
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.states import BatchMethod
from tests.payments.selling import Shop, connect, deliver
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


def payable_now(payout: Payout) -> int:
    return balance(chart.partner_payable(payout.settlement.partner_ref).code, "EUR")


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
    age(hours=23.5)  # nobody may ask any more, but who asked just before may yet be heard
    resolve_here()
    assert states() == (["unknown"], ["in_transit"])
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


def reverse(shop: Shop, *amounts: int) -> None:
    stripe = shop.sandbox.client(shop.key).v1
    for amount in amounts:
        stripe.transfers.reversals.create(stripe.transfers.list().data[0].id, {"amount": amount})


def owed_again() -> list[int]:
    kept = Adjustment.objects.filter(kind="payout_returned").order_by("amount_minor")
    return list(kept.values_list("amount_minor", flat=True))


def test_what_came_back_in_parts_is_owed_again_once_and_settled_with_the_next_period(shop: Shop) -> None:
    partners(shop, 170_00)
    batch = sent(shop)
    reverse(shop, 1, 20_00)
    events = shop.events()
    for event in [*reversed(events), *events]:
        deliver(event)
        shop.drain()
    payout, transfer = Payout.objects.get(), PartnerTransfer.objects.get()
    assert (owed_again(), payout.returned_minor, transfer.reversed_minor) == ([1, 20_00], 20_01, 20_01)
    assert (states(), payout.settlement.state) == ((["succeeded"], ["paid"]), "paid")
    assert (payable_now(payout), balance("processor", "EUR")) == (20_01, -149_99)
    assert list(mismatches()) == []
    with pytest.raises(errors.NothingToBatch):
        sent(shop)
    # The rest, too: nothing of it arrived in the end, and all of it is owed by the next settlement alone.
    reverse(shop, 149_99)
    shop.tell()
    batch.refresh_from_db()
    assert (states(), batch.state) == ((["reversed"], ["paid"]), "settled")
    later = utc_now() + timedelta(days=80)  # the provider tells by the world's clock
    period = close_period(label=f"{later - timedelta(days=40):%Y-%m}", actor=ANNA, at=later)
    approve_period(period=period, actor=BEN, at=JULY)
    settlement = period.settlements.get()
    statement = issue_statement(settlement=settlement, at=JULY)
    assert (settlement.adjustment_minor, settlement.payout_minor) == (170_00, 170_00)
    assert [each["kind"] for each in statement.snapshot["adjustments"]] == ["payout_returned"] * 3
    assert payout.public_id in html_of(statement.snapshot)
    sent(shop)
    assert (states()[1], balance("processor", "EUR"), payable_now(payout)) == (["paid"] * 2, -170_00, 0)
    assert list(mismatches()) == []


def test_a_transfer_found_again_with_a_part_gone_arrives_and_that_part_is_owed(shop: Shop) -> None:
    partners(shop, 170_00)
    shop.sandbox.knobs(drop_next=1)
    sent(shop)
    reverse(shop, *[1_00] * 11)  # of many the provider names only the latest ten
    age()
    resolve_here()
    assert PartnerTransfer.objects.get().reversed_minor == 10_00
    shop.drain()
    assert (states(), owed_again()) == ((["succeeded"], ["paid"]), [1_00] * 11)
    shop.tell()
    assert (owed_again(), list(mismatches())) == ([1_00] * 11, [])


def test_a_contradiction_waits_for_a_person_and_keeps_no_other_transfer_waiting(shop: Shop) -> None:
    partners(shop, 170_00, 25_01)
    shop.sandbox.knobs(fail_next=500, fail_times=2)
    sent(shop)
    odd = PartnerTransfer.objects.earliest("pk")
    stripe = shop.sandbox.client(shop.key).v1
    stripe.transfers.create(
        {"amount": 5, "currency": "eur", "destination": odd.destination, "transfer_group": odd.public_id,
         "metadata": {"transfer_ref": odd.public_id}}
    )  # fmt: skip
    age()
    resolve_here()
    shop.tell()
    assert states() == (["unknown", "succeeded"], ["in_transit", "paid"])
    odd.refresh_from_db()
    assert "was agreed" in odd.error
    parked = InboundEvent.objects.filter(state="parked", type__startswith="transfer.")
    assert list(parked.values_list("type", flat=True)) == ["transfer.created"]
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
