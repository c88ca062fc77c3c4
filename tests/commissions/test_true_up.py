"""Periods that are paid as a whole: bounds crossed by sales, refunds that drop below them, bonuses, caps."""

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.rates import round_half_away
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import cancel_commission, mature_due, true_up_order
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import payable_commissions, recomputed_minor
from tenant_apps.commissions.rules import Counter, window_of
from tenant_apps.orders.actions import mark_paid
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    assert_books_fit,
    fulfill,
    offer_at,
    order_of,
    paid_order,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.commissions.test_conservation import drained, fresh
from tests.conftest import brand_named

Drain = Callable[[], int]
TIERS = [{"from": 0, "rate": "0.10"}, {"from": 150_00, "rate": "0.20"}]


def whole(tiers: list[dict[str, Any]] = TIERS, **more: Any) -> list[dict[str, Any]]:
    pay = {"kind": "tiered", "measure": "period_revenue", "mode": "all", "tiers": tiers} | more
    return [{"id": "climb", "pay": pay}]


def counted(**more: Any) -> list[dict[str, Any]]:
    tiers = [{"from": 1, "amount_minor": 1_00}, {"from": 3, "amount_minor": 2_00}]
    pay = {"kind": "tiered", "measure": "period_count", "mode": "all", "tiers": tiers} | more
    return [{"id": "climb", "pay": pay}]


def sold(gross: int, nord: Enrollment, drain: Callable[[], object], at: datetime = AT) -> Order:
    number = Order.objects.count()
    visit(f"v{number}", nord, at - DAY)
    order = paid_order(offer_at(gross, code=f"tour-{number}"), f"v{number}", at=at)
    drain()
    return order


def written() -> list[tuple[str, int]]:
    return [(line.kind, line.amount_minor) for line in Commission.objects.order_by("pk")]


def assert_recomputes() -> None:
    for line in Commission.objects.filter(reverses=None):
        assert recomputed_minor(line) == line.amount_minor


def test_a_sale_that_crosses_a_bound_trues_the_period_up_and_a_refund_takes_it_back(
    in_aurora: Brand, drain: Drain
) -> None:
    nord = partner("nord", whole())
    sold(100_00, nord, drain)
    second = sold(100_00, nord, drain)
    # 10 % of 100; then 20 % of the 200 of the month are 40: 20 for the sale itself, 10 for the one before.
    assert written() == [("earning", 10_00), ("earning", 20_00), ("true_up", 10_00)]
    up = Commission.objects.get(kind="true_up")
    assert (up.cause_ref, up.period, up.state, up.rule) == (second.public_id, "2026-03", "confirmed", "climb")
    assert {"code": "due", "facts": {"amount": "40.00 EUR"}} in up.explanation
    assert {"code": "earned", "facts": {"amount": "30.00 EUR"}} in up.explanation
    assert true_up_order(order_ref=second.public_id, cause_ref="again", at=AT) == []
    refund(second, 60_00)
    drain()
    # 140 are left: 10 % are 14. The sale keeps 8 of its 20, so 28 are written and 14 of them go.
    assert written()[3:] == [("reversal", -12_00), ("true_up", -14_00)]
    assert Commission.objects.get(amount_minor=-14_00).cause_ref == "ref_1"
    assert sum_of(Commission.objects.all()) == 14_00
    assert_recomputes()
    assert_books_fit(nord)


def test_a_bound_that_falls_makes_a_sale_take_back_in_a_line_of_its_own(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", whole([{"from": 0, "rate": "0.10"}, {"from": 150_00, "rate": "0.02"}]))
    sold(100_00, nord, drain)
    sold(100_00, nord, drain)
    # 2 % of 200 are 4: the second sale earns 2, and 8 of the first one's 10 go back.
    assert written() == [("earning", 10_00), ("earning", 2_00), ("true_up", -8_00)]
    assert_recomputes()
    assert_books_fit(nord)


def test_what_is_taken_back_matures_with_the_first_sale_it_corrects(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", whole())
    orders = [sold(100_00, nord, drain), sold(100_00, nord, drain, AT + 2 * DAY)]
    for order in orders:
        fulfill(order)
    drain()
    refund(orders[1], 100_00, at=AT + 3 * DAY)
    drain()
    down = Commission.objects.get(kind="true_up", amount_minor__lt=0)
    assert (down.amount_minor, down.matures_at) == (-10_00, AT + 14 * DAY)
    mature_due(at=AT + 20 * DAY)
    assert sum_of(payable_commissions(before=AT + 30 * DAY)) == 10_00
    assert_books_fit(nord)


def test_lines_are_counted_and_a_refund_in_part_still_counts_one(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", counted())
    orders = [sold(50_00, nord, drain) for _ in range(3)]
    # 1 each, and at the third line 2 for all three.
    assert written() == [("earning", 1_00), ("earning", 1_00), ("earning", 2_00), ("true_up", 2_00)]
    refund(orders[0], 25_00)
    drain()
    # Still three lines, one of them kept by half: 2 × 2.5 = 5.
    assert sum_of(Commission.objects.all()) == 5_00
    refund(orders[0], 25_00, "ref_2")
    drain()
    # Two lines: 1 each.
    assert sum_of(Commission.objects.all()) == 2_00
    assert_recomputes()
    assert_books_fit(nord)


def test_a_line_that_earned_nothing_moves_the_bound_when_it_is_refunded(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", whole([{"from": 0, "rate": "0"}, {"from": 150_00, "rate": "0.20"}]))
    first = sold(100_00, nord, drain)
    sold(100_00, nord, drain)
    assert written() == [("earning", 0), ("earning", 20_00), ("true_up", 20_00)]
    refund(first, 100_00)
    drain()
    assert sum_of(Commission.objects.all()) == 0
    assert_books_fit(nord)


def test_a_canceled_sale_no_longer_holds_the_tier(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", whole())
    sold(100_00, nord, drain)
    second = sold(100_00, nord, drain)
    earning = Commission.objects.get(order_ref=second.public_id, kind="earning")
    cancel_commission(commission=earning, reason="Self-referral", actor=FINANCE, at=AT + DAY)
    drain()
    assert sum_of(Commission.objects.exclude(state="canceled")) == 10_00
    assert_books_fit(nord)


def test_quarters_and_lifetimes_count_on_where_months_begin_anew(in_aurora: Brand, drain: Drain) -> None:
    totals = {}
    for period in ("month", "quarter", "lifetime"):
        nord = partner(f"p-{period}", whole(period=period))
        for at in (AT - 27 * DAY, AT, AT + 30 * DAY):
            sold(100_00, nord, drain, at)
        totals[period] = sum_of(Commission.objects.filter(enrollment=nord))
    # February, March and April: 3 × 10; 40 for the first quarter and 10; 20 % of 300.
    assert totals == {"month": 30_00, "quarter": 50_00, "lifetime": 60_00}
    keys = set(Commission.objects.filter(kind="true_up").values_list("period", flat=True))
    assert keys == {"2026-Q1", "lifetime"}


def test_a_hybrid_keeps_what_it_pays_beside_the_tiers(in_aurora: Brand, drain: Drain) -> None:
    fixed = {"kind": "fixed", "amount_minor": 5_00, "per": "order"}
    nord = partner("nord", [{"id": "climb", "pay": {"kind": "hybrid", "parts": [fixed, whole()[0]["pay"]]}}])
    orders = [sold(100_00, nord, drain) for _ in range(2)]
    assert written() == [("earning", 15_00), ("earning", 25_00), ("true_up", 10_00)]
    refund(orders[0], 50_00)
    drain()
    # 150 are left, still at 20 %: 30, and 2.50 + 5 beside them.
    assert sum_of(Commission.objects.all()) == 37_50
    assert_recomputes()


def test_a_cap_holds_for_true_ups_too(in_aurora: Brand, drain: Drain) -> None:
    rules = whole()
    rules[0]["limits"] = {"caps": [{"per": "period", "period": "month", "amount_minor": 32_00}]}
    nord = partner("nord", rules)
    sold(100_00, nord, drain)
    second = sold(100_00, nord, drain)
    assert written() == [("earning", 10_00), ("earning", 20_00), ("true_up", 2_00)]
    assert Commission.objects.get(kind="true_up").reason == "cap"
    assert true_up_order(order_ref=second.public_id, cause_ref="again", at=AT) == []
    assert_recomputes()


def test_a_bonus_is_paid_once_and_follows_refunds(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", [{"id": "ten", "pay": {"kind": "percent", "rate": "0.10"}}])
    bonus = {"id": "star", "measure": "period_revenue", "reach": 250_00, "amount_minor": 30_00}
    nord.contract_versions.update(bonuses=[bonus])
    orders = [sold(100_00, nord, drain) for _ in range(4)]
    assert [pair for pair in written() if pair[0] != "earning"] == [("bonus", 30_00)]
    for number, order in enumerate(orders[:2]):
        refund(order, 100_00, f"ref_{number}")
        drain()
    assert sum_of(Commission.objects.filter(rule="star")) == 0
    sold(100_00, nord, drain)
    assert [line.kind for line in Commission.objects.filter(rule="star").order_by("pk")] == [
        "bonus",
        "true_up",
        "bonus",
    ]
    assert sum_of(Commission.objects.filter(rule="star")) == 30_00
    assert_recomputes()
    assert_books_fit(nord)


def test_quarters_begin_at_the_zones_own_midnight() -> None:
    at = datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert window_of(Counter.QUARTER, at, "Europe/Berlin").key == "2026-Q2"
    berlin = window_of(Counter.QUARTER, at.replace(hour=21), "Europe/Berlin")
    assert (berlin.key, berlin.end) == ("2026-Q1", at)
    last = window_of(Counter.QUARTER, datetime(2026, 12, 5, tzinfo=UTC), "UTC")
    assert (last.key, last.end) == ("2026-Q4", datetime(2027, 1, 1, tzinfo=UTC))
    assert window_of(Counter.MONTH, at, "Asia/Kathmandu").key == "2026-04"


STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 20_000)), min_size=1, max_size=8)


class TestAnyOrder(TestCase):
    @settings(max_examples=settings.default.max_examples // 8)
    @given(
        grosses=st.lists(st.integers(1, 30_000), min_size=2, max_size=4), steps=STEPS,
        rates=st.lists(st.decimals("0", "0.5", places=3), min_size=3, max_size=3),
        bounds=st.tuples(st.integers(1, 20_000), st.integers(20_001, 60_000)),
    )  # fmt: skip
    def test_a_period_is_paid_what_it_keeps_in_whatever_order_it_came(
        self, grosses: list[int], steps: list[tuple[int, int]], rates: list[Any], bounds: tuple[int, int]
    ) -> None:
        tiers = [{"from": low, "rate": str(rate)} for low, rate in zip((0, *bounds), rates, strict=True)]
        with brand_entered(brand_named("Aurora")):
            nord = partner("nord", whole(tiers))
            for number, gross in enumerate(grosses):
                visit(f"v{number}", nord)
                order_of(offer_at(gross, code=f"tour-{number}"), f"v{number}")
            orders = list(Order.objects.order_by("pk"))
            for number, (place, amount) in enumerate(steps):
                take(orders[place % len(orders)], amount, f"ref_{number}")
                drained()
                kept = sum(o.total_minor - o.refunded_minor for o in Order.objects.exclude(paid_at=None))
                rate = [tier["rate"] for tier in tiers if int(tier["from"]) <= kept][-1]
                assert sum_of(Commission.objects.all()) == round_half_away(Fraction(rate) * kept)
                assert_books_fit(nord)
            assert_recomputes()


def take(order: Order, amount: int, ref: str) -> None:
    """Pay the order if it is not paid yet, else give back some of what is left of it."""
    current = fresh(order)
    left = current.total_minor - current.refunded_minor
    if current.paid_at is None:
        mark_paid(order_ref=order.public_id, at=AT)
    elif left:
        refund(order, min(amount, left), ref, AT + 3 * DAY)
