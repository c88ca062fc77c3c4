"""Levels and bonuses in any order and of any size; and a confirmation in bulk that takes what was previewed alone."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.rates import round_half_away
from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.actions import confirm_selected
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import Selection, selection_preview
from tenant_apps.commissions.rules import (
    Bonus,
    Level,
    LevelOf,
    PeriodTotals,
    Return,
    Room,
    Trued,
    due_minor,
    level_for,
    level_of_true_up,
    line_of_period,
)
from tenant_apps.commissions.rules.terms import Measure
from tests.commissions.selling import AT, DAY, FINANCE, TEN_PERCENT, partner
from tests.conftest import brand_named

MINOR = st.integers(-(10**15), 10**15)
RATE = st.decimals("0", "1", places=4)
SHARES = st.lists(st.integers(1, 50), min_size=1, max_size=6)


@given(MINOR, RATE, SHARES, st.sampled_from(LevelOf))
def test_levels_of_the_parts_are_the_level_of_the_whole_but_for_one_rounding_each(
    minor: int, rate: Decimal, weights: list[int], of: LevelOf
) -> None:
    level, total = Level(1, of, rate), 0
    for weight in weights:
        share = Fraction(weight, sum(weights))
        earned = round_half_away(minor * share)
        amount, steps = level_for(level, net_minor=minor, share=share, commission_minor=earned, currency="EUR")
        basis = minor * share if of is LevelOf.SALE else earned
        assert amount == round_half_away(basis * Fraction(rate))
        opposite = level_for(level, net_minor=-minor, share=share, commission_minor=-earned, currency="EUR")[0]
        assert (opposite, steps[-1].code) == (-amount, "commission")
        total += amount
    # Half a unit for each level, and of the commission for each earning that it is a rate of.
    roundings = 2 if of is LevelOf.COMMISSION else 1
    assert abs(total - minor * Fraction(rate)) <= Fraction(len(weights) * roundings, 2)


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.lists(st.integers(1, 10**12), min_size=1, max_size=5))
def test_a_level_goes_back_with_the_money_and_leaves_nothing(amount: int, base: int, parts: list[int]) -> None:
    returns = [Return(f"r{number}", part, AT + number * DAY) for number, part in enumerate(parts)]
    taken = [
        due_minor(commission_minor=amount, base_minor=base, returns=returns[:seen], sold_at=AT)
        for seen in range(len(returns) + 1)
    ]
    assert all(0 <= less <= more <= amount for less, more in pairwise(taken))
    whole = [*returns, Return("rest", base, AT + 9 * DAY)]
    assert due_minor(commission_minor=amount, base_minor=base, returns=whole, sold_at=AT) == amount


@given(st.lists(MINOR, min_size=1, max_size=8), RATE)
def test_levels_of_true_ups_sum_to_the_level_of_their_sum_in_any_order(true_ups: list[int], rate: Decimal) -> None:
    for order in (true_ups, sorted(true_ups), [-minor for minor in true_ups]):
        so_far, booked = Trued(), 0
        for minor in order:
            amount, so_far, _ = level_of_true_up(
                1, rate, before=so_far, true_up_minor=minor, booked_minor=booked, currency="EUR"
            )
            booked += amount
            assert booked == round_half_away(so_far.true_ups_minor * Fraction(rate))


@given(st.lists(st.tuples(MINOR, RATE), min_size=1, max_size=8), RATE)
def test_whatever_the_terms_became_nothing_is_left_when_true_ups_come_to_nothing(
    true_ups: list[tuple[int, Decimal]], last: Decimal
) -> None:
    so_far = Trued()
    for minor, rate in true_ups:
        so_far = so_far.after(minor, rate)
        # Never more than all of it, never of the other sign.
        assert 0 <= so_far.exact * (so_far.true_ups_minor or 1) <= Fraction(so_far.true_ups_minor) ** 2
    assert so_far.after(-so_far.true_ups_minor, last) == Trued(0, Fraction(0))


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 20)), min_size=1, max_size=8), st.integers(1, 10**6),
    st.integers(1, 10**6), st.sampled_from(Measure),
)  # fmt: skip
def test_a_bonus_is_paid_once_or_not_at_all_however_the_period_moved(
    moves: list[tuple[int, int]], reach: int, amount: int, measure: Measure
) -> None:
    bonus, booked = Bonus("star", measure, reach, amount), 0
    for revenue, count in moves:
        totals = PeriodTotals(Fraction(revenue), count)
        line = line_of_period(
            bonus, totals=totals, booked_minor=booked, room=Room(()), currency="EUR", period="2026-03"
        )
        booked += line.amount_minor if line else 0
        reached = revenue >= reach if measure is Measure.REVENUE else count >= reach
        assert booked == (amount if reached else 0)
        assert line is None or (line.kind == "bonus") == (line.amount_minor > 0)
        again = line_of_period(
            bonus, totals=totals, booked_minor=booked, room=Room(()), currency="EUR", period="2026-03"
        )
        assert again is None


SELECTIONS = st.builds(
    Selection, currency=st.sampled_from(["", "EUR", "KRW"]), rule=st.sampled_from(["", "a", "b"]),
    kind=st.sampled_from(["", "earning", "level"]), min_amount_minor=st.none() | st.integers(0, 50),
    max_amount_minor=st.none() | st.integers(0, 90), accrued_from=st.sampled_from([None, AT, AT + 2 * DAY]),
    accrued_before=st.sampled_from([None, AT + DAY]),
)  # fmt: skip
LINES = st.lists(
    st.tuples(
        st.sampled_from(["EUR", "KRW"]), st.sampled_from(["a", "b"]), st.sampled_from(["earning", "level"]),
        st.integers(0, 99), st.integers(0, 3), st.sampled_from(["pending", "pending", "hold", "confirmed"]),
    ),
    max_size=8,
)  # fmt: skip


class TestOnlyWhatWasPreviewed(TestCase):
    @settings(max_examples=settings.default.max_examples // 12)
    @given(rows=LINES, selection=SELECTIONS)
    def test_a_confirmation_in_bulk_moves_what_fits_and_nothing_else(
        self, rows: list[tuple[str, str, str, int, int, str]], selection: Selection
    ) -> None:
        with brand_entered(brand_named("Aurora")):
            deal = partner("nord", TEN_PERCENT)
            lines = Commission.objects.bulk_create(
                Commission(
                    enrollment=deal, partner_ref=deal.partner_ref, order_ref="ord_1", line_ref=f"ln_{number}",
                    attribution_ref="att_1", kind=kind, rule=rule, base_minor=100, amount_minor=amount,
                    currency=currency, state=state, accrued_at=AT + day * DAY, matures_at=AT + 9 * DAY,
                )
                for number, (currency, rule, kind, amount, day, state) in enumerate(rows)
            )  # fmt: skip
            seen = selection_preview(selection)
            wanted = {line.pk for line in lines if line.state == "pending" and fits(line, selection)}
            assert (seen.lines, sum(seen.totals.values())) == (
                len(wanted), sum(line.amount_minor for line in lines if line.pk in wanted)
            )  # fmt: skip
            if wanted:
                confirm_selected(selection=selection, digest=seen.digest, actor=FINANCE, at=AT)
            now = dict(Commission.objects.values_list("pk", "state"))
            assert now == {line.pk: "confirmed" if line.pk in wanted else line.state for line in lines}


def fits(line: Commission, wanted: Selection) -> bool:
    named = all(
        not wish or wish == getattr(line, name)
        for name, wish in (("currency", wanted.currency), ("rule", wanted.rule), ("kind", wanted.kind))
    )
    least, most = wanted.min_amount_minor, wanted.max_amount_minor
    sized = (least is None or line.amount_minor >= least) and (most is None or line.amount_minor <= most)
    since, before = wanted.accrued_from, wanted.accrued_before
    return named and sized and (not since or line.accrued_at >= since) and (not before or line.accrued_at < before)


def test_what_takes_back_takes_the_part_of_what_was_paid_and_beyond_it_its_own_rate() -> None:
    paid, half = Trued(100, Fraction(25)), Decimal("0.5")
    found = [paid.after(minor, half) for minor in (20, -40, -100, -150)]
    assert found == [
        Trued(120, Fraction(35)), Trued(60, Fraction(15)), Trued(0, Fraction(0)), Trued(-50, Fraction(-25)),
    ]  # fmt: skip
    assert Trued(-100, Fraction(-25)).after(40, half) == Trued(-60, Fraction(-15))
