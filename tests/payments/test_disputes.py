"""Chargebacks: recorded once in any order, booked as the money moves, never more than was paid."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kernel.clock import utc_now
from shared_apps.outbox.models import Message
from tenant_apps.ledger.queries import balance, entry_of_cause, flaws, reversed_so_far
from tenant_apps.orders.models import Order
from tenant_apps.payments import actions
from tenant_apps.payments.errors import RefundExceedsCharge
from tenant_apps.payments.models import Charge, Dispute, InboundEvent
from tests.payments.selling import OPERATOR, connect, deliver, paid_elsewhere, place, publish_offer

DUE = 1_790_000_000
OPENED = 1_780_000_000  # before the charge of these tests
WITHDRAWN = {"amount": -11900, "fee": 1500, "currency": "eur", "created": OPENED}
REINSTATED = {"amount": 11900, "fee": -1500, "currency": "eur", "created": OPENED}
_numbers = itertools.count()


def event(
    type_: str, status: str, *moves: dict[str, Any], amount: int = 11900, number: str = "1", **also: Any
) -> dict[str, Any]:
    dispute = {
        "id": f"du_{number}", "object": "dispute", "amount": amount, "charge": "ch_1", "currency": "eur",
        "status": status, "reason": "fraudulent", "evidence_details": {"due_by": DUE},
        "balance_transactions": list(moves), "created": OPENED,
    } | also  # fmt: skip
    return {
        "id": f"evt_{next(_numbers)}", "object": "event", "type": f"charge.dispute.{type_}", "livemode": False,
        "created": OPENED, "data": {"object": dispute},
    }  # fmt: skip


WON = [
    event("created", "needs_response"),
    event("funds_withdrawn", "needs_response", WITHDRAWN),
    event("updated", "under_review", WITHDRAWN),
    event("closed", "won", WITHDRAWN),
    event("funds_reinstated", "won", WITHDRAWN, REINSTATED),
]
LOST = [*WON[:3], event("closed", "lost", WITHDRAWN)]


@pytest.fixture
def order(in_aurora: Any, drain: Any) -> Order:
    order = paid_elsewhere(place(publish_offer()))
    drain()
    return order


def told(drain: Any, *events: dict[str, Any]) -> None:
    for one in events:
        deliver(one | {"id": f"evt_{next(_numbers)}"})
        drain()


def books() -> list[int]:
    codes = ("processor", "sales", "tax", "dispute_receivable", "dispute_fees")
    return [balance(code, "EUR") for code in codes]


def parked() -> list[str]:
    return list(InboundEvent.objects.filter(state="parked").values_list("note", flat=True))


def test_an_open_dispute_holds_the_money_in_a_receivable(order: Order, drain: Any) -> None:
    told(drain, *WON[:2])
    dispute, charge = Dispute.objects.get(), Charge.objects.get()
    order.refresh_from_db()
    assert (dispute.state, dispute.reason, dispute.evidence_due_at) == (
        "needs_response", "fraudulent", datetime.fromtimestamp(DUE, UTC),
    )  # fmt: skip
    assert (charge.disputed_minor, charge.left_minor, order.disputed_minor) == (11900, 0, 11900)
    assert books() == [-1500, 10000, 1900, 11900, 1500]
    with pytest.raises(RefundExceedsCharge):
        actions.request_refund(
            charge_ref=charge.public_id, amount_minor=1, reason="", idempotency_key="k", actor=OPERATOR, at=utc_now()
        )


def test_a_won_dispute_puts_everything_back(order: Order, drain: Any) -> None:
    told(drain, *WON)
    order.refresh_from_db()
    assert (Dispute.objects.get().state, Charge.objects.get().disputed_minor, order.disputed_minor) == ("won", 0, 0)
    assert books() == [11900, 10000, 1900, 0, 0]
    assert (list(flaws()), parked()) == ([], [])


def test_a_lost_dispute_is_turned_round_as_a_refund_would_be(order: Order, drain: Any) -> None:
    told(drain, *LOST)
    order.refresh_from_db()
    assert (Dispute.objects.get().state, Charge.objects.get().disputed_minor, order.disputed_minor) == (
        "lost", 11900, 11900,
    )  # fmt: skip
    assert books() == [-1500, 0, 0, 0, 1500]
    assert Message.objects.filter(name="order.dispute_closed").count() == 1
    assert list(flaws()) == []


def test_net_and_tax_of_a_refund_and_a_lost_part_are_cumulative(order: Order, drain: Any) -> None:
    charge = Charge.objects.get()
    account = charge.intent.account.account_id
    refund = {
        "object": "refund", "id": "re_1", "charge": "ch_1", "payment_intent": "", "amount": 5000, "currency": "eur",
        "status": "succeeded", "metadata": {}, "created": OPENED,
    }  # fmt: skip
    told(drain, {"object": "event", "type": "refund.created", "livemode": False, "data": {"object": refund}})
    told(drain, event("closed", "lost", WITHDRAWN | {"amount": -6900, "fee": 0}, amount=6900))
    captured = entry_of_cause(f"charge:{charge.public_id}:captured")
    assert captured is not None
    assert reversed_so_far(captured) == {0: 10000, 1: 1900}
    assert (books(), account, parked()) == ([0, 0, 0, 0, 0], account, [])


@pytest.mark.parametrize("story", [WON, LOST], ids=["won", "lost"])
def test_any_order_and_any_repetition_of_the_events_end_alike(order: Order, drain: Any, story: Any) -> None:
    with transaction.atomic():
        told(drain, *story)
        expected = (books(), Dispute.objects.get().state, Charge.objects.get().disputed_minor)
        transaction.set_rollback(True)
    orders = list(itertools.permutations(story))
    for events in orders[:: max(1, len(orders) // 12)]:
        with transaction.atomic():
            told(drain, *events, *events)
            order.refresh_from_db()
            found = (books(), Dispute.objects.get().state, Charge.objects.get().disputed_minor)
            assert (found, order.disputed_minor, parked()) == (expected, expected[2], [])
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "usd", "balance_transactions": []},
        {"amount": 11901, "balance_transactions": []},
        {"balance_transactions": [WITHDRAWN | {"amount": -5, "fee": 0}]},
        {"balance_transactions": [{"amount": -11900, "fee": 0, "currency": "usd"}]},
        {"balance_transactions": None},
    ],
)
def test_what_contradicts_is_parked_for_a_person_and_moves_nothing(order: Order, drain: Any, change: Any) -> None:
    told(drain, event("created", "needs_response", **change))
    assert (len(parked()), Dispute.objects.count(), Charge.objects.get().disputed_minor) == (1, 0, 0)
    assert books() == [11900, 10000, 1900, 0, 0]


def test_another_account_and_another_outcome_are_parked(order: Order, drain: Any) -> None:
    told(drain, *LOST)
    told(drain, event("closed", "won", WITHDRAWN))
    assert (len(parked()), Dispute.objects.get().state) == (1, "lost")
    other = event("created", "needs_response", number="2")
    told(drain, other | {"account": "acct_other"})
    assert (len(parked()), Dispute.objects.count()) == (2, 1)


def test_an_inquiry_moves_nothing_until_it_is_a_dispute(order: Order, drain: Any) -> None:
    told(drain, event("created", "warning_needs_response"))
    assert (Dispute.objects.count(), InboundEvent.objects.get().state) == (0, "ignored")
    told(drain, event("updated", "needs_response"))
    assert Dispute.objects.count() == 1


def test_a_dispute_that_overtakes_its_charge_waits_for_it(in_aurora: Any, drain: Any) -> None:
    order = place(publish_offer())
    connect("sk_test_elsewhere")
    told(drain, event("created", "needs_response"))
    assert (Dispute.objects.count(), InboundEvent.objects.get().state) == (0, "stored")
    assert order.state == "placed"


def test_the_database_refuses_more_than_was_paid(order: Order, drain: Any) -> None:
    told(drain, WON[0])
    for wrong in ({"refunded_minor": 1}, {"refunding_minor": 1}, {"disputed_minor": 11901}, {"disputed_minor": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Charge.objects.update(**wrong)


@pytest.mark.parametrize(
    ("verdict", "expected"), [("win", [11900, 10000, 1900, 0, 0]), ("lose", [-1500, 0, 0, 0, 1500])]
)
def test_a_dispute_at_the_sandbox_goes_all_the_way(
    in_aurora: Any, shop: Any, verdict: str, expected: list[int]
) -> None:
    order = place(publish_offer())
    shop.pay(order)
    charge = Charge.objects.get()
    dispute = shop.sandbox.control(f"charges/{charge.provider_charge_id}/dispute", {})
    shop.tell()
    assert (Dispute.objects.get().state, books()[3]) == ("needs_response", 11900)
    shop.sandbox.control(f"disputes/{dispute['id']}/respond", {})
    shop.sandbox.control(f"disputes/{dispute['id']}/{verdict}", {})
    shop.tell()
    order.refresh_from_db()
    assert (books(), order.disputed_minor) == (expected, 0 if verdict == "win" else 11900)
    assert (list(flaws()), parked(), InboundEvent.objects.filter(state="stored").count()) == ([], [], 0)
