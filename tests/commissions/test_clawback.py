"""What a contract lets be taken back: worked examples by hand, and what holds for every contract."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.payload import Payload
from tenant_apps.commissions.rules import (
    FULL,
    ClawbackTerms,
    Refund,
    Return,
    difference_for,
    due_minor,
    parse_clawback,
    part_back,
    reversals_for,
)
from tenant_apps.commissions.states import Kind

BERLIN = ZoneInfo("Europe/Berlin")
SOLD = datetime(2026, 1, 31, 12, tzinfo=BERLIN)
COMMISSIONS = st.integers(-(10**15), 10**15)
RATES = st.decimals("0", "1", places=3).map(str)


def terms(given: dict[str, Any]) -> ClawbackTerms:
    return parse_clawback(Payload(given, "clawback"))


@st.composite
def any_terms(draw: st.DrawFn) -> ClawbackTerms:
    given: dict[str, Any] = {"schedule": draw(st.sampled_from(["full", "pro_rata", "declining"]))}
    if draw(st.booleans()):
        given["window_days"] = draw(st.integers(0, 800))
    if given["schedule"] == "pro_rata":
        given["months"] = draw(st.integers(1, 36))
    if given["schedule"] == "declining":
        days = sorted(draw(st.sets(st.integers(0, 800), min_size=1, max_size=4)))
        rates = sorted((draw(RATES) for _ in days), key=Fraction, reverse=True)
        given["steps"] = [{"after_days": day, "rate": rate} for day, rate in zip(days, rates, strict=True)]
    return terms(given)


@st.composite
def returns_of(draw: st.DrawFn) -> list[Return]:
    amounts = draw(st.lists(st.tuples(st.integers(0, 10**15), st.integers(0, 900 * 24)), max_size=6))
    return [
        Return(f"ref_{number}", amount, SOLD + timedelta(hours=hours)) for number, (amount, hours) in enumerate(amounts)
    ]


def by_day(amount: int, on: date, ref: str = "orf_1", told: datetime = SOLD + timedelta(days=999)) -> Return:
    return Return(ref, amount, told, on)


def due(given: dict[str, Any], *returns: tuple[int, datetime], commission: int = 120_00, base: int = 1200_00) -> int:
    return due_minor(
        commission_minor=commission, base_minor=base, sold_at=SOLD, terms=terms(given),
        returns=[Return(f"ref_{number}", amount, at) for number, (amount, at) in enumerate(returns)],
    )  # fmt: skip


def test_an_annual_plan_canceled_in_its_sixth_month_gives_back_the_seven_it_did_not_earn() -> None:
    # Five months are over (28 Feb, 31 Mar, 30 Apr, 31 May, 30 Jun at noon): 7/12 of 120.00 is 70.00.
    year = {"schedule": "pro_rata", "months": 12}
    in_july = datetime(2026, 7, 15, tzinfo=BERLIN)
    assert due(year, (1200_00, in_july)) == 70_00
    assert due(year, (600_00, in_july)) == 35_00
    assert due(year, (1200_00, datetime(2026, 2, 28, 11, 59, tzinfo=BERLIN))) == 120_00
    assert due(year, (1200_00, datetime(2026, 2, 28, 12, tzinfo=BERLIN))) == 110_00
    assert due(year, (1200_00, datetime(2027, 1, 31, 12, tzinfo=BERLIN))) == 0


def test_a_month_ends_by_the_wall_clock_also_over_the_change_to_summer_time() -> None:
    # 31 March, noon in summer time is an hour earlier in UTC than noon in winter time.
    year = {"schedule": "pro_rata", "months": 12}
    noon = datetime(2026, 3, 31, 10, tzinfo=UTC)
    assert due(year, (1200_00, noon - timedelta(seconds=1))) == 110_00
    assert due(year, (1200_00, noon)) == 100_00


def test_steps_decline_and_each_return_counts_at_its_own_time() -> None:
    falling = {"schedule": "declining", "steps": [{"after_days": 30, "rate": "0.5"}, {"after_days": 60, "rate": "0.1"}]}
    early, middle, late = (SOLD.astimezone(UTC) + timedelta(days=days) for days in (29, 30, 60))
    assert due(falling, (1200_00, early)) == 120_00
    assert due(falling, (1200_00, middle)) == 60_00
    assert due(falling, (1200_00, late)) == 12_00
    # 400 in full, 400 by half, 400 by a tenth: 40 + 20 + 4.
    assert due(falling, (400_00, late), (400_00, early), (400_00, middle)) == 64_00
    # Only 200 are left for the second: 100 + half of 20.
    assert due(falling, (1000_00, early), (700_00, middle)) == 110_00


def test_after_the_window_nothing_is_taken_back_and_its_last_instant_is_inside() -> None:
    window = {"window_days": 90}
    last = SOLD.astimezone(UTC) + timedelta(days=90)
    assert due(window, (1200_00, last)) == 120_00
    assert due(window, (1200_00, last + timedelta(microseconds=1))) == 0


def test_of_a_day_that_is_told_later_whole_days_count_and_a_month_is_over_on_its_last() -> None:
    # Sold on 31 January at noon: the 90th day is 1 May, whatever the hour and the change to summer time.
    window, year = terms({"window_days": 90}), terms({"schedule": "pro_rata", "months": 12})
    half = terms({"schedule": "declining", "steps": [{"after_days": 90, "rate": "0.5"}]})
    for held, on, taken in (
        (window, date(2026, 5, 1), 120_00), (window, date(2026, 5, 2), 0),
        (half, date(2026, 4, 30), 120_00), (half, date(2026, 5, 1), 60_00),
        (year, date(2026, 2, 27), 120_00), (year, date(2026, 2, 28), 110_00), (year, date(2026, 3, 31), 100_00),
        (year, date(2026, 1, 31), 120_00),
    ):  # fmt: skip
        returns = [by_day(1200_00, on)]
        assert (
            due_minor(commission_minor=120_00, base_minor=1200_00, sold_at=SOLD, terms=held, returns=returns) == taken
        )
    assert by_day(1, SOLD.date()).since(SOLD) == SOLD
    assert by_day(1, date(2026, 2, 1)).since(SOLD) == datetime(2026, 2, 1, tzinfo=BERLIN)


@given(
    COMMISSIONS, st.integers(1, 10**15), any_terms(),
    st.lists(st.tuples(st.integers(0, 10**15), st.integers(0, 900), st.integers(0, 900)), max_size=6), st.randoms(),
)  # fmt: skip
def test_when_a_day_is_told_changes_nothing(
    commission: int, base: int, held: ClawbackTerms, facts: list[tuple[int, int, int]], chance: Any
) -> None:
    def due_of(delays: list[int]) -> int:
        returns = [
            by_day(amount, on := SOLD.date() + timedelta(days=days), f"orf_{number}",
                   datetime(on.year, on.month, on.day, tzinfo=BERLIN) + timedelta(days=delay))
            for number, ((amount, days, _), delay) in enumerate(zip(facts, delays, strict=True))
        ]  # fmt: skip
        chance.shuffle(returns)
        return due_minor(commission_minor=commission, base_minor=base, sold_at=SOLD, terms=held, returns=returns)

    assert due_of([delay for _, _, delay in facts]) == due_of([0] * len(facts))


def test_what_the_contract_leaves_is_said() -> None:
    found = difference_for(
        commission_minor=120_00, base_minor=1200_00, sold_at=SOLD, terms=terms({"window_days": 1}), taken_minor=0,
        returns=[Return("ref_1", 1200_00, SOLD + timedelta(days=2))], was_payable=True,
    )  # fmt: skip
    assert (found.kind, found.amount_minor, found.kept_by_terms, found.nothing_remains) == (
        Kind.CLAWBACK, 0, True, False,
    )  # fmt: skip


@given(COMMISSIONS, st.integers(1, 10**15), returns_of(), any_terms())
def test_never_more_than_was_earned_and_never_the_wrong_way(
    commission: int, base: int, returns: list[Return], held: ClawbackTerms
) -> None:
    taken = due_minor(commission_minor=commission, base_minor=base, returns=returns, sold_at=SOLD, terms=held)
    without = due_minor(commission_minor=commission, base_minor=base, returns=returns, sold_at=SOLD)
    assert 0 <= abs(taken) <= abs(without) <= abs(commission)
    assert taken * commission >= 0
    turned = due_minor(commission_minor=-commission, base_minor=base, returns=returns, sold_at=SOLD, terms=held)
    assert turned == -taken


@given(COMMISSIONS, st.integers(1, 10**15), returns_of(), any_terms(), st.randoms())
def test_any_order_of_arrival_ends_alike(
    commission: int, base: int, returns: list[Return], held: ClawbackTerms, chance: Any
) -> None:
    def written(order: list[Return]) -> tuple[int, int]:
        taken, lines = 0, 0
        for heard in range(1, len(order) + 1):
            found = difference_for(
                commission_minor=commission, base_minor=base, returns=order[:heard], sold_at=SOLD, terms=held,
                taken_minor=taken, was_payable=chance.random() < 0.5,
            )  # fmt: skip
            assert (found.amount_minor > 0) == (found.kind is Kind.REINSTATEMENT)
            taken, lines = taken - found.amount_minor, lines + 1
            again = difference_for(
                commission_minor=commission, base_minor=base, returns=order[:heard], sold_at=SOLD, terms=held,
                taken_minor=taken, was_payable=True,
            )  # fmt: skip
            assert again.amount_minor == 0
        return taken, lines

    shuffled = list(returns)
    chance.shuffle(shuffled)
    assert written(returns) == written(shuffled)


@given(COMMISSIONS, st.lists(st.integers(1, 10**15), min_size=1, max_size=6))
def test_without_terms_parts_of_the_whole_take_everything_and_one_that_is_undone_gives_its_part_back(
    commission: int, parts: list[int]
) -> None:
    base = sum(parts)
    returns = [Return(f"ref_{number}", part, SOLD) for number, part in enumerate(parts)]
    assert due_minor(commission_minor=commission, base_minor=base, returns=returns, sold_at=SOLD) == commission
    found = difference_for(
        commission_minor=commission, base_minor=base, returns=returns[1:], sold_at=SOLD, terms=FULL,
        taken_minor=commission, was_payable=False,
    )  # fmt: skip
    left = due_minor(commission_minor=commission, base_minor=base, returns=returns[1:], sold_at=SOLD)
    assert found.amount_minor == commission - left
    gone = difference_for(
        commission_minor=commission, base_minor=base, returns=[], sold_at=SOLD, terms=FULL, taken_minor=left,
        was_payable=True,
    )  # fmt: skip
    assert gone.amount_minor == left


@given(COMMISSIONS, st.integers(1, 10**15), st.lists(st.integers(0, 10**15), max_size=6))
def test_without_terms_it_is_what_the_preview_says(commission: int, base: int, amounts: list[int]) -> None:
    previewed = reversals_for(
        commission_minor=commission, base_minor=base, refunds=[Refund(amount, False) for amount in amounts]
    )
    returns = [Return(f"ref_{number}", amount, SOLD) for number, amount in enumerate(amounts)]
    assert due_minor(commission_minor=commission, base_minor=base, returns=returns, sold_at=SOLD) == -sum(
        reversal.amount_minor for reversal in previewed
    )


@given(any_terms(), st.integers(0, 900 * 24), st.integers(0, 900 * 24))
def test_later_never_takes_more(held: ClawbackTerms, one: int, other: int) -> None:
    parts = [
        held.part_taken_back(sold_at=SOLD, returned_at=SOLD + timedelta(hours=hours)) for hours in sorted((one, other))
    ]
    assert 1 >= parts[0] >= parts[1] >= 0


def test_the_empty_terms_take_everything_back_for_ever() -> None:
    assert terms({}) == FULL
    assert FULL.part_taken_back(sold_at=SOLD, returned_at=SOLD + timedelta(days=9999)) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], "clawback"),
        ({"window": 30}, "clawback.window"),
        ({"window_days": -1}, "clawback.window_days"),
        ({"window_days": "30"}, "clawback.window_days"),
        ({"window_days": None}, "clawback.window_days"),
        ({"schedule": "half"}, "clawback.schedule"),
        ({"schedule": "pro_rata"}, "clawback.months"),
        ({"schedule": "pro_rata", "months": 0}, "clawback.months"),
        ({"months": 12}, "clawback.months"),
        ({"schedule": "declining"}, "clawback.steps"),
        ({"schedule": "declining", "steps": []}, "clawback.steps"),
        ({"schedule": "pro_rata", "months": 12, "steps": []}, "clawback.steps"),
        ({"schedule": "declining", "steps": [{"after_days": 1, "rate": "1.1"}]}, "clawback.steps[0].rate"),
        ({"schedule": "declining", "steps": [{"after_days": 1, "rate": 1}]}, "clawback.steps[0].rate"),
        ({"schedule": "declining", "steps": [{"after_days": 1, "part": "1"}]}, "clawback.steps[0].part"),
        (
            {"schedule": "declining", "steps": [{"after_days": 9, "rate": "0.5"}, {"after_days": 9, "rate": "0.4"}]},
            "clawback.steps[1].after_days",
        ),
        (
            {"schedule": "declining", "steps": [{"after_days": 1, "rate": "0.5"}, {"after_days": 9, "rate": "0.6"}]},
            "clawback.steps[1].rate",
        ),
        ({"max_payout_share": "0"}, "clawback.max_payout_share"),
        ({"max_payout_share": "1.01"}, "clawback.max_payout_share"),
        ({"max_payout_share": 0.5}, "clawback.max_payout_share"),
    ],
)
def test_misspelt_terms_are_refused_by_the_path(given: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        terms(given)
    assert caught.value.field == field


def test_a_line_that_paid_nothing_is_refunded_when_all_its_money_is_back() -> None:
    for back, nothing_remains in ((999, False), (1000, True), (1001, True)):
        found = difference_for(
            commission_minor=0, base_minor=1000, returns=[Return("ref_1", back, SOLD)], sold_at=SOLD, terms=FULL,
            taken_minor=0, was_payable=False,
        )  # fmt: skip
        assert (found.nothing_remains, found.amount_minor, found.kept_by_terms) == (nothing_remains, 0, False)


@pytest.mark.parametrize(("base", "back"), [(0, 1), (-1, 1), (1000, -1)])
def test_returns_are_measured_by_money_that_was_paid(base: int, back: int) -> None:
    with pytest.raises(ValueError, match=r"base|negative"):
        part_back(base_minor=base, returns=[Return("ref_1", back, SOLD)], sold_at=SOLD)
