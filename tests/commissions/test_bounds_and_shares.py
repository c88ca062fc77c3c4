"""What stands exactly on a bound, what a share of a sale earns by each kind of pay, and what takes nothing back."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from kernel.errors import InvalidInput
from kernel.payload import Payload
from tenant_apps.commissions.rules import Own, Progress, commission_for, parse_contract, parse_sale, reversals_for
from tenant_apps.commissions.rules.clawback import FULL, LONGEST_DAYS, ClawbackTerms, parse_clawback
from tenant_apps.commissions.rules.limits import Filled, Room
from tenant_apps.commissions.rules.pay import due_of_period
from tenant_apps.commissions.rules.period import Totals, line_of_period, period_entry, trued_up
from tenant_apps.commissions.rules.reversal import Difference, Return, difference_for, part_back
from tenant_apps.commissions.rules.terms import CountTiers
from tenant_apps.commissions.states import Kind
from tests.commissions.test_rules import (
    MARGIN,
    ORDER,
    PERCENT,
    UNIT,
    amounts,
    compute,
    counted,
    hybrid,
    line,
    revenue,
    rule,
    shared,
)

SOLD = datetime(2026, 3, 10, 12, tzinfo=UTC)
WHOLE = Fraction(1)


def told(given: dict[str, Any], gross: int = 10_000, share: Fraction = WHOLE, **of_line: Any) -> tuple[int, list[str]]:
    """What a line earns under one rule, and the codes of the steps that say why."""
    contract = parse_contract(Payload({"currency": "USD", "rules": [given]}, "contract"))
    lines = [line(gross, id="1", **of_line)]
    sale = parse_sale(Payload({"at": "2026-03-10T12:00:00Z", "lines": lines}, "sale"), contract)
    [found] = commission_for(contract=contract, sale=replace(sale, share=share)).lines
    return found.amount_minor, [step.code for step in found.steps]


def returned(*amounts: int) -> list[Return]:
    return [Return(f"ref_{number}", amount, SOLD) for number, amount in enumerate(amounts)]


@pytest.mark.parametrize(
    ("pay", "expected"),
    [
        (PERCENT, 250), (PERCENT | {"base": "gross"}, 250), (ORDER, 63), (ORDER | {"amount_minor": 300}, 75),
        (UNIT, 188), (MARGIN, 425), (revenue("whole"), 100), (revenue("past_each"), 100), (revenue("all"), 100),
        (counted("whole"), 25), (counted("all"), 25), (hybrid(ORDER | {"amount_minor": 300}, PERCENT), 325),
    ],
)  # fmt: skip
def test_a_quarter_of_a_sale_earns_a_quarter_of_what_all_of_it_would(pay: dict[str, Any], expected: int) -> None:
    assert shared(rule(pay), [10_000], Fraction(1, 4), quantity=3, cost_minor=2_200) == [expected]


@pytest.mark.parametrize(
    ("limits", "amount", "limited"),
    [
        ({"min_minor": 1_000}, 1_000, []),
        ({"min_minor": 1_001}, 1_001, ["minimum"]),
        ({"max_minor": 1_001}, 1_000, []),
        ({"max_minor": 1_000}, 1_000, []),
        ({"max_minor": 999}, 999, ["maximum"]),
        ({"cap_minor": 1_001}, 1_000, []),
        ({"cap_minor": 1_000}, 1_000, []),
        ({"cap_minor": 999}, 999, ["cap"]),
    ],
)
def test_a_limit_that_is_just_met_changes_and_says_nothing(
    limits: dict[str, int], amount: int, limited: list[str]
) -> None:
    earned, codes = told(rule(PERCENT, limits=limits))
    assert (earned, codes) == (amount, ["rule", "net", "rate", *limited, "commission"])


def test_minimum_and_maximum_of_a_shared_line_are_shared() -> None:
    assert shared(rule(PERCENT, limits={"min_minor": 4_000}), [10_000], Fraction(1, 4)) == [1_000]
    assert shared(rule(PERCENT, limits={"max_minor": 400}), [10_000], Fraction(1, 4)) == [100]


def test_a_cap_per_partner_counts_what_each_line_was_paid_once() -> None:
    cap = {"caps": [{"per": "partner", "period": "month", "amount_minor": 2_500}]}
    answer = compute([rule(PERCENT, limits=cap)], line(10_000), line(10_000), line(10_000))
    assert amounts(answer) == [1_000, 1_000, 500]


def test_what_was_credited_in_part_is_trued_up_by_its_parts() -> None:
    before = Progress(count=4, credited=Fraction(1), earned_minor=100)
    assert shared(rule(counted("all")), [10_000], Fraction(1, 2), before) == [200]


def test_only_a_rule_that_pays_whole_periods_has_a_line_of_its_own_for_the_period() -> None:
    before = Progress(revenue_minor=Fraction(40_000), own=Own(Fraction(40_000), beside=Fraction(1, 2)))
    assert shared(rule(PERCENT), [10_005], Fraction(1), before) == [1_001]
    assert shared(rule(revenue("all")), [10_000], Fraction(1), before) == [800]


def test_a_share_parts_and_fractions_are_told_before_they_are_rounded() -> None:
    percent = ["net", "rate"]
    assert told(rule(PERCENT)) == (1_000, ["rule", *percent, "commission"])
    assert told(rule(PERCENT), 10_005) == (1_001, ["rule", *percent, "before_rounding", "commission"])
    assert told(rule(PERCENT), share=Fraction(1, 4)) == (250, ["rule", "share", *percent, "commission"])
    parts = ["fixed_per_order", *percent, "before_rounding"]
    assert told(rule(hybrid(ORDER, PERCENT))) == (1_250, ["rule", *parts, "commission"])
    tier = ["net", "revenue_before", "revenue_with", "tier"]
    assert told(rule(revenue("whole"))) == (400, ["rule", *tier, "commission"])


@pytest.mark.parametrize(("discount", "tax", "code"), [(0, 0, "net"), (10, 0, "net_of"), (0, 10, "net_of")])
def test_a_net_says_what_it_is_made_of_when_something_was_taken_off(discount: int, tax: int, code: str) -> None:
    assert told(rule(PERCENT), discount_minor=discount, tax_minor=tax) == (
        1_000 - (discount + tax) // 10, ["rule", code, "rate", "commission"],
    )  # fmt: skip


def test_a_base_is_positive_and_no_return_negative() -> None:
    for base in (0, -1):
        with pytest.raises(ValueError, match="positive base"):
            part_back(base_minor=base, returns=[], sold_at=SOLD)
    with pytest.raises(ValueError, match="not negative"):
        part_back(base_minor=100, returns=returned(-1), sold_at=SOLD)


@pytest.mark.parametrize(("back", "nothing_remains"), [((99,), False), ((100,), True), ((60, 60), True)])
def test_of_a_line_that_earned_nothing_nothing_remains_once_all_of_it_is_back(
    back: tuple[int, ...], nothing_remains: bool
) -> None:
    found = difference_for(
        commission_minor=0, base_minor=100, returns=returned(*back), sold_at=SOLD, terms=FULL, taken_minor=0,
        was_payable=False,
    )  # fmt: skip
    assert found == Difference(found.kind, 0, 0, kept_by_terms=False, nothing_remains=nothing_remains)


def test_months_are_over_at_most_as_often_as_there_are_and_the_calendar_has_an_end() -> None:
    year = parse_clawback(Payload({"schedule": "pro_rata", "months": 3}))
    days = (SOLD.replace(month=5), SOLD.replace(month=6), SOLD.replace(month=9))
    assert [year.part_taken_back(sold_at=SOLD, returned_at=day) for day in days] == [Fraction(1, 3), 0, 0]
    last = datetime(9998, 11, 15, tzinfo=UTC)
    assert year.part_taken_back(sold_at=last, returned_at=last.replace(month=12, day=20)) == Fraction(2, 3)


@pytest.mark.parametrize("share", ["0.5", "1"])
def test_the_part_of_a_payout_that_debts_may_take_is_kept(share: str) -> None:
    longest = {"max_payout_share": share, "window_days": LONGEST_DAYS}
    assert parse_clawback(Payload(longest)) == ClawbackTerms(
        window_days=LONGEST_DAYS, max_payout_share=Decimal(share)
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="window_days"):
        parse_clawback(Payload(longest | {"window_days": LONGEST_DAYS + 1}))


def test_a_period_of_sales_by_count_is_due_what_they_were_credited_at_the_tier() -> None:
    [by_count] = parse_contract(Payload({"currency": "USD", "rules": [rule(counted("all"))]})).rules[0].pay.parts
    assert isinstance(by_count, CountTiers)
    own = Own(credited=Fraction(5, 2))
    due = [due_of_period(by_count, own=own, revenue_minor=Fraction(0), count=count) for count in (3, 5, 0)]
    assert due == [375, 500, 0]


@pytest.mark.parametrize(
    ("count", "booked", "caps", "written"),
    [
        (10, 0, (), (Kind.BONUS, 500, None)), (11, 0, (), (Kind.BONUS, 500, None)), (9, 0, (), None),
        (10, 500, (), None), (9, 500, (), (Kind.TRUE_UP, -500, None)), (10, 200, (), (Kind.TRUE_UP, 300, None)),
        (10, 0, (Filled((), 300, 0),), (Kind.BONUS, 300, 300)),
    ],
)  # fmt: skip
def test_a_bonus_is_one_when_it_is_reached_and_what_follows_corrects_it(
    count: int, booked: int, caps: tuple[Filled, ...], written: tuple[Kind, int, int | None] | None
) -> None:
    bonus = {"id": "b", "measure": "period_count", "reach": 10, "amount_minor": 500}
    tier = rule(counted("all"))
    contract = parse_contract(Payload({"currency": "USD", "rules": [rule(PERCENT), tier | {"id": "t"}],
                                       "bonuses": [bonus]}))  # fmt: skip
    [entry] = contract.bonuses
    assert [period_entry(contract, name) for name in ("b", "t", "r", "x")] == [entry, contract.rules[1], None, None]
    line = line_of_period(
        entry, totals=Totals(count=count), booked_minor=booked, room=Room(caps), currency="USD", period="2026-03"
    )
    assert (line and (line.kind, line.amount_minor, line.room_minor)) == written


@pytest.mark.parametrize(("beside", "codes"), [(0, []), (Fraction(1, 2), ["beside"])])
def test_what_was_paid_beside_a_tier_is_told_where_there_is_any(beside: Fraction, codes: list[str]) -> None:
    [tier] = parse_contract(Payload({"currency": "USD", "rules": [rule(counted("all"))]})).rules
    totals = Totals(count=3, own=Own(credited=Fraction(3), beside=Fraction(beside)))
    due, steps = trued_up(tier, totals, "USD")
    assert (due, [step.code for step in steps]) == (450 + (beside > 0), ["count_kept", "tier_each", *codes, "due"])


@pytest.mark.parametrize("base", [0, -1])
def test_a_reversal_needs_a_base(base: int) -> None:
    with pytest.raises(ValueError, match="positive base"):
        reversals_for(commission_minor=1, base_minor=base, refunds=[])
