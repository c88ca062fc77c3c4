"""Commissions follow the money: what a refund or a dispute takes, what one that is won gives back."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Delivery, Message
from tenant_apps.commissions.actions import (
    cancel_commission,
    follow_money,
    hold_commission,
    mark_paid,
    mature_due,
    release_commission,
)
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import payable_commissions
from tenant_apps.orders.actions import mark_paid as mark_paid_order
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    add_line,
    assert_books_fit,
    books,
    close,
    dispute,
    fulfill,
    lines,
    offer_at,
    order_of,
    paid_order,
    partner,
    refund,
    sum_of,
    visit,
)

Drain = Callable[[], int]


@pytest.fixture
def sold(in_aurora: Brand, drain: Drain) -> tuple[Enrollment, Order]:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    return nord, order


def paid_out(order: Order, drain: Drain) -> None:
    fulfill(order)
    drain()
    mature_due(at=AT + 20 * DAY)
    mark_paid(commissions=payable_commissions(before=AT + 30 * DAY), at=AT + 31 * DAY)


def test_a_dispute_before_payable_takes_back_and_a_won_one_revives(
    sold: tuple[Enrollment, Order], drain: Drain
) -> None:
    nord, order = sold
    dispute(order, 100_00)
    drain()
    assert lines(order) == [("earning", 10_00, "refunded"), ("reversal", -10_00, "refunded")]
    assert books(nord) == (0, 0, 0)
    close(order, won=True)
    drain()
    assert lines(order) == [
        ("earning", 10_00, "pending"), ("reversal", -10_00, "pending"), ("reinstatement", 10_00, "pending"),
    ]  # fmt: skip
    assert books(nord) == (10_00, 0, 10_00)
    fulfill(order)
    drain()
    mature_due(at=AT + 20 * DAY)
    assert {state for *_, state in lines(order)} == {"payable"}
    assert books(nord) == (0, 10_00, 10_00)
    reinstated = Commission.objects.get(kind="reinstatement")
    assert (reinstated.reason, reinstated.cause_ref) == ("money_back", "dp_1")
    assert_books_fit(nord)


def test_a_lost_dispute_stays_taken(sold: tuple[Enrollment, Order], drain: Drain) -> None:
    nord, order = sold
    dispute(order, 40_00)
    drain()
    before = lines(order)
    close(order, won=False)
    drain()
    assert lines(order) == before == [("earning", 10_00, "pending"), ("reversal", -4_00, "pending")]
    assert_books_fit(nord)


def test_after_the_payout_a_dispute_is_a_clawback_and_a_won_one_is_paid_again(
    sold: tuple[Enrollment, Order], drain: Drain
) -> None:
    nord, order = sold
    paid_out(order, drain)
    dispute(order, 30_00, at=AT + 40 * DAY)
    drain()
    close(order, won=True, at=AT + 50 * DAY)
    drain()
    assert lines(order) == [
        ("earning", 10_00, "paid"), ("clawback", -3_00, "payable"), ("reinstatement", 3_00, "payable"),
    ]  # fmt: skip
    assert Commission.objects.get(kind="reinstatement").payable_at == AT + 50 * DAY
    assert_books_fit(nord)
    taken, restored = (
        Message.objects.get(name=name).payload for name in ("commission.clawed_back", "commission.reinstated")
    )
    assert (taken["taken_minor"], taken["cause_ref"], taken["order_ref"]) == (3_00, "dp_1", order.public_id)
    assert (restored["restored_minor"], restored["original_ref"]) == (3_00, taken["original_ref"])


@pytest.mark.parametrize("order_of_events", list(permutations(["refund", "dispute", "close"])))
def test_events_may_arrive_in_any_order(
    sold: tuple[Enrollment, Order], drain: Drain, order_of_events: tuple[str, ...]
) -> None:
    nord, order = sold
    refund(order, 33_33)
    dispute(order, 50_00)
    close(order, won=True)
    handlers = {"refund": "claw_back_commissions", "dispute": "claw_back_disputed", "close": "follow_dispute"}
    for name in order_of_events:
        Delivery.objects.filter(state="waiting").update(due_at=AT + 10_000 * DAY)
        Delivery.objects.filter(handler=f"tenant_apps.commissions.{handlers[name]}").update(due_at=AT)
        drain()
    assert sum_of(Commission.objects.all()) == 6_67
    assert_books_fit(nord)


def test_what_was_held_is_held_again_when_the_money_comes_back(sold: tuple[Enrollment, Order], drain: Drain) -> None:
    _, order = sold
    hold_commission(commission=Commission.objects.get(), reason="Look", actor=FINANCE, at=AT)
    dispute(order, 100_00)
    drain()
    assert {state for *_, state in lines(order)} == {"refunded"}
    close(order, won=True)
    drain()
    assert {state for *_, state in lines(order)} == {"hold"}
    release_commission(commission=Commission.objects.get(kind="earning"), reason="Fine", actor=FINANCE, at=AT)
    assert {state for *_, state in lines(order)} == {"pending"}
    assert Commission.objects.get(kind="earning").held_for == ""


def test_a_dispute_that_is_reopened_is_numbered(sold: tuple[Enrollment, Order], drain: Drain) -> None:
    nord, order = sold
    dispute(order, 100_00)
    drain()
    close(order, won=True)
    drain()
    refund(order, 50_00, "dp_1")
    drain()
    assert [line.cause_ref for line in Commission.objects.order_by("pk")] == ["", "dp_1", "dp_1", "dp_1#2"]
    assert_books_fit(nord)


def test_the_window_of_the_contract_keeps_it_and_says_so_once(sold: tuple[Enrollment, Order], drain: Drain) -> None:
    nord, order = sold
    nord.contract_versions.update(clawback={"window_days": 30})
    paid_out(order, drain)
    for number, at in ((1, AT + 40 * DAY), (2, AT + 41 * DAY)):
        refund(order, 20_00, f"ref_{number}", at)
        drain()
    assert lines(order) == [("earning", 10_00, "paid"), ("clawback", 0, "payable")]
    assert Commission.objects.get(kind="clawback").reason == "kept_by_terms"
    assert_books_fit(nord)


def test_a_year_earned_month_by_month_gives_back_what_is_left_of_it(
    sold: tuple[Enrollment, Order], drain: Drain
) -> None:
    # Sold on 10 March; on 20 June three months are over: 9/12 of 10.00 is 7.50.
    nord, order = sold
    nord.contract_versions.update(clawback={"schedule": "pro_rata", "months": 12})
    refund(order, 100_00, at=AT + 102 * DAY)
    drain()
    assert lines(order) == [("earning", 10_00, "pending"), ("reversal", -7_50, "pending")]
    assert_books_fit(nord)


def test_days_count_from_the_payment_by_the_brands_calendar(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    nord.contract_versions.update(clawback={"window_days": 3})
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1", at=AT + 5 * DAY)
    drain()
    # 23:30 in London is past midnight in Berlin.
    refund(order, 40_00, at=AT + 5 * DAY + timedelta(hours=11, minutes=30))
    drain()
    taken = Commission.objects.get(kind="reversal")
    assert taken.amount_minor == -4_00
    assert {"code": "returned_on", "facts": {"day": "2026-03-16"}} in taken.explanation


def test_returns_are_measured_by_what_was_paid_and_gifts_go_back_with_the_whole(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", [{"id": "each", "pay": {"kind": "fixed", "amount_minor": 8_00, "per": "unit"}}])
    visit("v1", nord)
    order = order_of(offer_at(100_00), "v1")
    gift = add_line(order, offer_at(30_00, code="gift"), 30_00)
    order.lines.filter(position=1).update(discount_minor=20_00)
    order.lines.filter(pk=gift.pk).update(discount_minor=30_00)
    Order.objects.update(total_minor=80_00)
    mark_paid_order(order_ref=order.public_id, at=AT)
    drain()
    refund(order, 40_00)
    drain()
    assert [line[:2] for line in lines(order)] == [("earning", 8_00), ("earning", 8_00), ("reversal", -4_00)]
    dispute(order, 40_00)
    drain()
    assert sum_of(Commission.objects.all()) == 0
    told = AuditEvent.objects.count()
    # Told once more, nothing stirs.
    assert follow_money(order_ref=order.public_id, cause_ref="dp_1", at=AT + 3 * DAY) == []
    assert AuditEvent.objects.count() == told
    assert_books_fit(nord)


def test_what_is_paid_on_a_canceled_earning_goes_with_it(sold: tuple[Enrollment, Order], drain: Drain) -> None:
    nord, order = sold
    sued, west = partner("sued", TEN_PERCENT), partner("west", TEN_PERCENT)
    earning = Commission.objects.get()
    for enrollment, state in ((sued, "pending"), (west, "pending")):
        derived(earning, enrollment, 1_00, state)
    paid_level = Commission.objects.get(enrollment=west)
    Commission.objects.filter(pk=paid_level.pk).update(state="confirmed")
    mature_due(at=AT + 60 * DAY)
    cancel_commission(commission=earning, reason="Fraud", actor=FINANCE, at=AT + 61 * DAY)
    assert lines(order) == [
        ("earning", 10_00, "canceled"), ("level", 1_00, "canceled"), ("level", 1_00, "payable"),
        ("clawback", -1_00, "payable"),
    ]  # fmt: skip
    assert Commission.objects.get(kind="clawback").reason == "source_canceled"
    assert_books_fit(nord, sued, west)
    refund(order, 100_00)
    drain()
    assert len(lines(order)) == 4


def test_levels_follow_the_money_of_their_sale(sold: tuple[Enrollment, Order], drain: Drain) -> None:
    nord, order = sold
    sued = partner("sued", TEN_PERCENT)
    derived(Commission.objects.get(), sued, 1_01, "pending")
    for ref, amount in (("ref_1", 33_33), ("ref_2", 66_67)):
        refund(order, amount, ref)
        drain()
        assert_books_fit(nord, sued)
    assert [(kind, amount) for kind, amount, _ in lines(order) if kind != "earning"] == [
        ("level", 1_01), ("reversal", -3_33), ("reversal", -34), ("reversal", -6_67), ("reversal", -67),
    ]  # fmt: skip


def test_following_again_writes_nothing(sold: tuple[Enrollment, Order], drain: Drain) -> None:
    _, order = sold
    dispute(order, 40_00)
    drain()
    before = lines(order), Message.objects.count()
    assert follow_money(order_ref=order.public_id, cause_ref="dp_1", at=AT + 3 * DAY) == []
    assert (lines(order), Message.objects.count()) == before


def derived(earning: Commission, enrollment: Enrollment, amount_minor: int, state: str) -> Commission:
    """Write a level of an earning as the engine would, with its booking."""
    from tenant_apps.commissions.actions.booking import book_accrued

    level = Commission.objects.create(
        kind="level", enrollment=enrollment, partner_ref=enrollment.partner_ref, order_ref=earning.order_ref,
        line_ref=earning.line_ref, attribution_ref=earning.attribution_ref, base_minor=earning.base_minor,
        amount_minor=amount_minor, currency=earning.currency, state=state, derived_from=earning, accrued_at=AT,
        matures_at=earning.matures_at,
    )  # fmt: skip
    book_accrued(level, AT)
    return level
