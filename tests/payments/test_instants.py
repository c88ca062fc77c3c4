"""What a provider tells counts from its own instant, whenever we hear of it: windows, lines, books."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger.actions import close_books
from tenant_apps.ledger.models import Entry
from tenant_apps.orders.models import Order
from tenant_apps.payments.actions import record_dispute, record_refund
from tenant_apps.payments.models import Charge, Dispute, Refund
from tenant_apps.payments.providers.stripe.contents import DisputeFact, RefundFact
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    TEN_PERCENT,
    assert_books_fit,
    fulfill,
    lines,
    offer_at,
    order_of,
    partner,
    visit,
)
from tests.payments.selling import TESTS, paid_elsewhere

SECOND = timedelta(seconds=1)
LATE = AT + 100 * DAY
Drain = Callable[[], int]


@pytest.fixture
def order(in_aurora: Brand, drain: Drain) -> Order:
    """A sale of 100.00 at AT, payable by now; what goes back within thirty days is taken back."""
    nord, offer = partner("nord", TEN_PERCENT), offer_at(100_00)
    nord.contract_versions.update(clawback={"window_days": 30})
    visit("v1", nord)
    order = paid_elsewhere(order_of(offer, "v1"), AT)
    drain()
    fulfill(order)
    drain()
    mature_due(at=AT + 25 * DAY)
    close_books(until=AT + 60 * DAY, actor=ACTOR, at=LATE)
    return order


def refunded(refunded_at: datetime, at: datetime = LATE, amount: int = 100_00, ref: str = "re_1") -> Refund:
    charge = Charge.objects.get()
    fact = RefundFact(
        refund_ref="", refund_id=ref, charge_id=charge.provider_charge_id, provider_intent_id="", amount_minor=amount,
        currency="EUR", refunded_at=refunded_at, succeeded=True, failed=False,
    )  # fmt: skip
    return record_refund(fact=fact, account_id=charge.intent.account.account_id, actor=TESTS, at=at)


def disputed(state: str, opened_at: datetime, **also: Any) -> Dispute:
    charge, told = Charge.objects.get(), {"told_at": LATE} | also
    moved = {"withdrawn_minor": 100_00, "reinstated_minor": 0, "fee_minor": 15_00, "reinstated_at": None} | told
    told_at = moved.pop("told_at")
    fact = DisputeFact(
        dispute_id="du_1", charge_id=charge.provider_charge_id, amount_minor=100_00, currency="EUR", reason="general",
        state=state, opened_at=opened_at, evidence_due_at=None, withdrawn_at=opened_at + SECOND, **moved,
    )  # fmt: skip
    account = charge.intent.account.account_id
    return record_dispute(fact=fact, account_id=account, told_at=told_at, actor=TESTS, at=LATE)


def happened(cause: str) -> datetime:
    """Return when the books say that something happened that they heard of late, in a period still open."""
    entry = Entry.objects.get(cause__startswith=cause.partition(":")[0], cause__endswith=cause.rpartition(":")[2])
    assert entry.booked_at == LATE
    assert entry.effective_at >= AT + 60 * DAY
    return entry.happened_at


@pytest.mark.parametrize(("after", "left"), [(30 * DAY, 0), (30 * DAY + SECOND, 10_00)])
def test_a_refund_counts_from_the_providers_instant(order: Order, drain: Drain, after: timedelta, left: int) -> None:
    told = refunded(AT + after)
    drain()
    assert (told.refunded_at, told.settled_at) == (AT + after, LATE)
    assert sum(amount for _, amount, _ in lines(order)) == left
    assert happened("refund:succeeded") == AT + after
    if not left:
        line = Commission.objects.get(kind="clawback")
        day = {"code": "returned_on", "facts": {"day": (AT + after).date().isoformat()}}
        assert (line.accrued_at, happened("commission:clawed_back"), day in line.explanation) == (
            LATE, AT + after, True,
        )  # fmt: skip
    assert_books_fit(Commission.objects.earliest("pk").enrollment)


@pytest.mark.parametrize(("said", "counts"), [(LATE + DAY, LATE), (AT - DAY, AT)], ids=["ahead", "before the sale"])
def test_an_instant_lies_between_the_sale_and_the_telling(
    order: Order, drain: Drain, said: datetime, counts: datetime
) -> None:
    assert refunded(said).refunded_at == counts


def test_the_providers_clock_is_the_worlds(order: Order, in_aurora: Brand) -> None:
    with public_entered():
        Brand.objects.filter(pk=in_aurora.pk).update(clock_offset=40 * DAY)
    assert refunded(AT + DAY).refunded_at == AT + 41 * DAY


@pytest.mark.parametrize(("after", "left"), [(30 * DAY, 0), (30 * DAY + SECOND, 10_00)])
def test_a_lost_dispute_counts_from_when_it_was_opened(order: Order, drain: Drain, after: timedelta, left: int) -> None:
    told = disputed("lost", AT + after, told_at=AT + 70 * DAY)
    drain()
    assert (told.opened_at, told.closed_at) == (AT + after, AT + 70 * DAY)
    assert sum(amount for _, amount, _ in lines(order)) == left
    assert happened("dispute:withdrawn") == happened("dispute:fee") == AT + after + SECOND
    assert Entry.objects.get(cause__endswith=":lost").happened_at == AT + 70 * DAY
    if not left:
        assert happened("commission:clawed_back") == AT + after


def test_a_won_dispute_gives_back_at_its_own_instants(order: Order, drain: Drain) -> None:
    disputed("under_review", AT + 29 * DAY)
    drain()
    assert lines(order)[-1] == ("clawback", -10_00, "payable")
    disputed(
        "won", AT + 29 * DAY, reinstated_minor=100_00, fee_minor=0, reinstated_at=AT + 50 * DAY, told_at=AT + 51 * DAY
    )
    drain()
    assert lines(order)[-1] == ("reinstatement", 10_00, "payable")
    assert (happened("dispute:reinstated"), happened("commission:reinstated")) == (AT + 50 * DAY, AT + 51 * DAY)
    assert happened("dispute:fee_returned") == AT + 50 * DAY
    assert_books_fit(Commission.objects.earliest("pk").enrollment)
