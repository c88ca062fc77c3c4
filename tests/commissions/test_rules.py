"""Each sentence of the commission contract, worked out by hand, and what must always hold."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.payload import Payload
from kernel.rates import round_half_away
from tenant_apps.commissions.rules import Own, Progress, commission_for, parse_contract, parse_sale, preview_commission

PERCENT = {"kind": "percent", "rate": "0.10"}
ORDER = {"kind": "fixed", "amount_minor": 250, "per": "order"}
UNIT = {"kind": "fixed", "amount_minor": 250, "per": "unit"}
MARGIN = {"kind": "margin_share", "rate": "0.5"}
RATES = [{"from": 0, "rate": "0.04"}, {"from": 20000, "rate": "0.06"}, {"from": 40000, "rate": "0.08"}]
AMOUNTS = [{"from": 1, "amount_minor": 100}, {"from": 3, "amount_minor": 150}, {"from": 5, "amount_minor": 200}]


def revenue(mode: str, tiers: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"kind": "tiered", "measure": "period_revenue", "mode": mode, "tiers": tiers or RATES}


def counted(mode: str, tiers: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"kind": "tiered", "measure": "period_count", "mode": mode, "tiers": tiers or AMOUNTS}


def hybrid(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "hybrid", "parts": list(parts)}


def rule(pay: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"id": "r", "pay": pay} | rest


def line(gross: int = 10000, **rest: Any) -> dict[str, Any]:
    return {"product": "x", "gross_minor": gross} | rest


def compute(rules: list[dict[str, Any]], *lines: dict[str, Any], currency: str = "USD", **sale: Any) -> dict[str, Any]:
    numbered = [{"id": str(number)} | given for number, given in enumerate(lines, start=1)]
    return preview_commission(
        {
            "contract": {"currency": currency, "rules": rules},
            "sale": {"at": "2026-03-10T12:00:00Z", "lines": numbered} | sale,
        }
    )


def amounts(answer: dict[str, Any]) -> list[int]:
    return [each["amount_minor"] for each in answer["lines"]]


def reasons(answer: dict[str, Any]) -> list[str | None]:
    return [each["reason"] for each in answer["lines"]]


def shared(
    given: dict[str, Any], grosses: list[int], share: Fraction, before: Progress | None = None, **of_line: Any
) -> list[int]:
    """What a participant with a share earns under one rule."""
    contract = parse_contract(Payload({"currency": "USD", "rules": [given]}, "contract"))
    lines = [line(gross, id=str(number), **of_line) for number, gross in enumerate(grosses, start=1)]
    sale = parse_sale(Payload({"at": "2026-03-10T12:00:00Z", "lines": lines}, "sale"), contract)
    progress = {"r": before} if before else {}
    return [each.amount_minor for each in commission_for(
        contract=contract, sale=replace(sale, share=share, progress=progress)).lines]  # fmt: skip


PAYS = st.sampled_from(
    [
        PERCENT,
        PERCENT | {"base": "gross"},
        ORDER,
        UNIT,
        MARGIN,
        hybrid(ORDER, PERCENT),
        hybrid(UNIT, MARGIN, revenue("past_each")),
        revenue("past_each"),
        revenue("whole"),
        revenue("all"),
        counted("whole"),
        counted("all"),
    ]
)
LINES = st.lists(
    st.builds(
        lambda gross, quantity, cost: line(gross, quantity=quantity, cost_minor=cost),
        st.integers(0, 10**15),
        st.integers(1, 50),
        st.integers(0, 10**13),
    ),
    max_size=5,
)


@given(PAYS, LINES)
def test_every_line_appears_once_and_the_total_is_their_sum(pay: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    answer = compute([rule(pay)], *lines)
    assert [each["line"] for each in answer["lines"]] == [str(number) for number in range(1, len(lines) + 1)]
    assert answer["total_minor"] == sum(amounts(answer))
    assert all(each["explanation"] for each in answer["lines"])
    assert compute([rule(pay)], *lines) == answer


@given(PAYS, LINES, st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_cap_is_never_exceeded(pay: dict[str, Any], lines: list[dict[str, Any]], cap: int, used: int) -> None:
    answer = compute([rule(pay, limits={"cap_minor": cap})], *lines, used_minor=used)
    assert answer["total_minor"] <= max(0, cap - used)
    free = compute([rule(pay)], *lines)
    for with_cap, without in zip(answer["lines"], free["lines"], strict=True):
        assert with_cap["reason"] in (None, "cap")
        assert (
            with_cap["reason"] == "cap" or pay == revenue("all") or with_cap["amount_minor"] == without["amount_minor"]
        )


@given(st.sampled_from(["past_each", "whole", "all"]), st.integers(0, 10**15), st.integers(0, 10**6))
def test_more_revenue_never_earns_less_where_rates_rise(mode: str, gross: int, more: int) -> None:
    less, greater = (compute([rule(revenue(mode))], line(amount))["total_minor"] for amount in (gross, gross + more))
    assert greater >= less


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_a_true_up_earns_the_same_in_one_line_or_many(grosses: list[int]) -> None:
    parts = compute([rule(revenue("all"))], *map(line, grosses))["total_minor"]
    assert parts == compute([rule(revenue("all"))], line(sum(grosses)))["total_minor"]


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=6))
def test_lines_of_one_sale_move_the_period_as_sales_of_their_own_would(grosses: list[int]) -> None:
    for mode in ("past_each", "whole", "all"):
        period = {"revenue_minor": 0, "count": 0, "earned_minor": 0}
        one_by_one = []
        for gross in grosses:
            earned = compute([rule(revenue(mode))], line(gross), period=period)["total_minor"]
            one_by_one.append(earned)
            period = {
                "revenue_minor": period["revenue_minor"] + gross,
                "count": period["count"] + 1,
                "earned_minor": period["earned_minor"] + earned,
            }
        assert amounts(compute([rule(revenue(mode))], *map(line, grosses))) == one_by_one


@pytest.mark.parametrize(
    ("pay", "sold", "expected"),
    [
        # net = gross − discount − tax, the default base; gross on demand
        (PERCENT, line(11900, discount_minor=1000, tax_minor=1900), 900),
        (PERCENT | {"base": "net"}, line(11900, discount_minor=1000, tax_minor=1900), 900),
        (PERCENT | {"base": "gross"}, line(11900, discount_minor=1000, tax_minor=1900), 1190),
        # half away from zero, once
        (PERCENT, line(15), 2),
        (PERCENT, line(25), 3),
        (PERCENT, line(14), 1),
        ({"kind": "percent", "rate": "0.333333333333333333333333333333"}, line(3), 1),
        (hybrid(PERCENT, PERCENT), line(14), 3),
        (hybrid(PERCENT, PERCENT, PERCENT, PERCENT, PERCENT), line(1), 1),
        # fixed
        (ORDER, line(quantity=3), 250),
        (UNIT, line(quantity=3), 750),
        (ORDER, line(0), 250),
        # margin = net − cost × quantity, never below zero
        (MARGIN, line(30000, quantity=2, cost_minor=10000), 5000),
        (MARGIN, line(30000, discount_minor=1000, tax_minor=4000, quantity=2, cost_minor=10000), 2500),
        (MARGIN, line(10000, quantity=2, cost_minor=10000), 0),
        (hybrid(UNIT, MARGIN), line(10000, cost_minor=20000), 250),
        # huge amounts are exact
        ({"kind": "percent", "rate": "0.1"}, line(10**15 + 5), 10**14 + 1),
        ({"kind": "percent", "rate": "0.07"}, line(10**29 + 50), 7 * 10**27 + 4),
        (PERCENT, line(0), 0),
        ({"kind": "percent", "rate": "1.5"}, line(100), 150),
    ],
)
def test_worked_lines(pay: dict[str, Any], sold: dict[str, Any], expected: int) -> None:
    answer = compute([rule(pay)], sold)
    assert amounts(answer) == [expected]
    assert reasons(answer) == [None]


@pytest.mark.parametrize("currency", ["KRW", "EUR", "KWD"])
def test_minor_units_are_minor_units_in_every_currency(currency: str) -> None:
    assert compute([rule(PERCENT)], line(12345), currency=currency)["total_minor"] == 1235


def test_an_order_amount_is_paid_once_on_the_first_line_that_the_rule_matches() -> None:
    gold = rule(ORDER, when={"product": ["gold"]}) | {"id": "gold"}
    lines = [line(product="x"), line(product="gold"), line(product="gold")]
    answer = compute([gold, rule(PERCENT)], *lines)
    assert amounts(answer) == [1000, 250, 0]
    assert [each["rule"] for each in answer["lines"]] == ["r", "gold", "gold"]
    assert reasons(answer) == [None, None, None]


def test_an_order_amount_inside_a_hybrid_is_paid_once_too() -> None:
    assert amounts(compute([rule(hybrid(ORDER, PERCENT))], line(), line(), line())) == [1250, 1000, 1000]


def test_two_rules_pay_their_own_order_amounts() -> None:
    rules = [rule(ORDER, when={"product": ["a"]}) | {"id": "a"}, rule(ORDER)]
    assert amounts(compute(rules, line(product="a"), line(), line(product="a"), line())) == [250, 250, 0, 0]


@pytest.mark.parametrize(
    ("when", "sale", "matches"),
    [
        ({}, {}, True),
        ({"product": ["x", "y"]}, {}, True),
        ({"product": ["y"]}, {}, False),
        ({"charge": "any"}, {"charge_number": 9}, True),
        ({"charge": "first"}, {}, True),
        ({"charge": "first"}, {"charge_number": 2}, False),
        ({"charge": "returning"}, {"charge_number": 1}, False),
        ({"charge": "returning"}, {"charge_number": 2}, True),
        ({"min_charge_number": 2}, {}, False),
        ({"min_charge_number": 2}, {"charge_number": 2}, True),
        ({"max_charge_number": 2}, {"charge_number": 2}, True),
        ({"max_charge_number": 2}, {"charge_number": 3}, False),
        ({"site": ["blog"]}, {"site": "blog"}, True),
        ({"site": ["blog"]}, {"site": "shop"}, False),
        ({"site": ["blog"]}, {}, False),
        ({"site": ["blog"]}, {"site": None}, False),
        ({"campaign": ["spring"]}, {"campaign": "spring"}, True),
        ({"campaign": ["spring"]}, {"campaign": "Spring"}, False),
        ({"product": ["x"], "site": ["blog"]}, {"site": "shop"}, False),
        ({"product": ["x"], "site": ["blog"], "charge": "first"}, {"site": "blog"}, True),
    ],
)
def test_all_conditions_must_hold(when: dict[str, Any], sale: dict[str, Any], matches: bool) -> None:
    answer = compute([rule(PERCENT, when=when)], line(), **sale)
    assert reasons(answer) == [None if matches else "no_rule"]
    assert answer["lines"][0]["rule"] == ("r" if matches else None)


def test_the_first_match_wins_even_when_a_later_rule_pays_more() -> None:
    rules = [rule(PERCENT) | {"id": "low"}, rule({"kind": "percent", "rate": "0.9"}) | {"id": "high"}]
    assert compute(rules, line())["lines"][0]["rule"] == "low"


def test_a_rule_whose_window_is_over_does_not_hand_on_to_the_next() -> None:
    rules = [rule(PERCENT, limits={"max_charges": 2}) | {"id": "early"}, rule(PERCENT)]
    answer = compute(rules, line(), charge_number=3)
    assert (answer["lines"][0]["rule"], reasons(answer), amounts(answer)) == ("early", ["window_over"], [0])


@pytest.mark.parametrize(("number", "expected"), [(1, 1000), (2, 1000), (3, 0)])
def test_the_last_paid_charge(number: int, expected: int) -> None:
    assert amounts(compute([rule(PERCENT, limits={"max_charges": 2})], line(), charge_number=number)) == [expected]


@pytest.mark.parametrize(
    ("first", "months", "at", "over"),
    [
        ("2025-03-10T12:00:00Z", 12, "2026-03-10T11:59:59Z", False),
        ("2025-03-10T12:00:00Z", 12, "2026-03-10T12:00:00Z", True),
        ("2026-01-31T12:00:00Z", 1, "2026-02-28T11:59:59Z", False),
        ("2026-01-31T12:00:00Z", 1, "2026-02-28T12:00:00Z", True),
        ("2028-01-31T12:00:00Z", 1, "2028-02-28T12:00:00Z", False),
        ("2028-01-31T12:00:00Z", 1, "2028-02-29T12:00:00Z", True),
        ("2026-01-31T12:00:00Z", 2, "2026-03-30T12:00:00Z", False),
        ("2026-01-31T12:00:00Z", 2, "2026-03-31T12:00:00Z", True),
        ("2024-02-29T00:00:00Z", 12, "2025-02-28T00:00:00Z", True),
        ("2025-12-31T00:00:00Z", 12, "2026-12-30T23:59:59Z", False),
        # the calendar is that of the first charge's own offset
        ("2026-03-31T00:30:00+02:00", 1, "2026-04-29T22:29:59Z", False),
        ("2026-03-31T00:30:00+02:00", 1, "2026-04-29T22:30:00Z", True),
        ("2026-03-10T12:00:00Z", 10**9, "2026-03-10T12:00:00Z", False),
    ],
)
def test_the_anniversary_itself_is_over(first: str, months: int, at: str, over: bool) -> None:
    answer = compute(
        [rule(PERCENT, limits={"max_months": months})], line(), at=at, first_charge_at=first, charge_number=2
    )
    assert reasons(answer) == ["window_over" if over else None]


def test_a_first_charge_needs_no_earlier_date() -> None:
    assert amounts(compute([rule(PERCENT, limits={"max_months": 1})], line())) == [1000]


@pytest.mark.parametrize(
    ("limits", "used", "grosses", "expected", "why"),
    [
        ({"min_minor": 300}, 0, [1000, 5000], [300, 500], [None, None]),
        ({"min_minor": 300}, 0, [0], [300], [None]),
        ({"cap_minor": 500}, 0, [5000], [500], [None]),
        ({"cap_minor": 500}, 0, [5010], [500], ["cap"]),
        ({"cap_minor": 500}, 500, [5000], [0], ["cap"]),
        ({"cap_minor": 500}, 900, [5000], [0], ["cap"]),
        ({"cap_minor": 500}, 500, [0], [0], [None]),
        ({"cap_minor": 500}, 100, [3000, 3000, 3000], [300, 100, 0], [None, "cap", "cap"]),
        ({"cap_minor": 0}, 0, [5000], [0], ["cap"]),
        ({"min_minor": 300, "cap_minor": 500}, 400, [1000], [100], ["cap"]),
        ({"min_minor": 300, "cap_minor": 200}, 0, [1000], [200], ["cap"]),
    ],
)
def test_minimum_then_cap(
    limits: dict[str, int], used: int, grosses: list[int], expected: list[int], why: list[str | None]
) -> None:
    answer = compute([rule(PERCENT, limits=limits)], *map(line, grosses), used_minor=used)
    assert amounts(answer) == expected
    assert reasons(answer) == why


def test_each_rule_has_its_own_cap() -> None:
    rules = [
        rule(PERCENT, when={"product": ["a"]}, limits={"cap_minor": 500}) | {"id": "a"},
        rule(PERCENT, limits={"cap_minor": 500}),
    ]
    assert amounts(compute(rules, line(4000, product="a"), line(4000), line(4000, product="a"))) == [400, 400, 100]


@pytest.mark.parametrize(
    ("mode", "before", "grosses", "expected"),
    [
        # each slice at its tier's rate
        ("past_each", {"revenue_minor": 15000}, [10000], [500]),  # 5000 × 4 % + 5000 × 6 %
        ("past_each", {"revenue_minor": 15000}, [30000], [1800]),  # 200 + 1200 + 5000 × 8 %
        ("past_each", {"revenue_minor": 20000}, [100], [6]),
        ("past_each", {}, [15000, 10000], [600, 500]),
        # this line at the tier that the total reaches, this line included
        ("whole", {}, [19999], [800]),
        ("whole", {}, [20000], [1200]),
        ("whole", {"revenue_minor": 15000}, [5000], [300]),
        ("whole", {"revenue_minor": 15000}, [4999], [200]),
        ("whole", {}, [15000, 10000], [600, 600]),
        ("whole", {"revenue_minor": 10**15}, [10000], [800]),
        # the whole period at that tier, minus what was earned: a true-up can exceed the line
        ("all", {"revenue_minor": 39900, "earned_minor": 2394}, [100], [806]),
        ("all", {"revenue_minor": 15000, "earned_minor": 600}, [5000], [600]),
        ("all", {}, [15000, 10000, 15000], [600, 900, 1700]),
    ],
)
def test_revenue_tiers(mode: str, before: dict[str, int], grosses: list[int], expected: list[int]) -> None:
    assert amounts(compute([rule(revenue(mode))], *map(line, grosses), period=before)) == expected


@pytest.mark.parametrize(
    ("mode", "before", "lines", "expected"),
    [
        ("whole", {}, 3, [100, 100, 150]),
        ("whole", {"count": 3}, 2, [150, 200]),
        ("whole", {"count": 100}, 1, [200]),
        ("all", {}, 5, [100, 100, 250, 150, 400]),
        ("all", {"count": 4, "earned_minor": 600}, 1, [400]),
    ],
)
def test_count_tiers(mode: str, before: dict[str, int], lines: int, expected: list[int]) -> None:
    assert amounts(compute([rule(counted(mode))], *[line()] * lines, period=before)) == expected


def test_count_tiers_may_start_at_nought() -> None:
    tiers = [{"from": 0, "amount_minor": 100}, {"from": 2, "amount_minor": 200}]
    assert amounts(compute([rule(counted("whole", tiers))], line(), line())) == [100, 200]


def test_tiers_look_at_net_revenue() -> None:
    sold = line(25000, discount_minor=3000, tax_minor=2001)
    assert amounts(compute([rule(revenue("whole"))], sold)) == [800]


def test_lines_of_other_rules_do_not_climb_this_rules_tiers() -> None:
    rules = [rule(PERCENT, when={"product": ["a"]}) | {"id": "a"}, rule(revenue("all"))]
    assert amounts(compute(rules, line(30000, product="a"), line(10000), line(10000))) == [3000, 400, 800]


def test_a_true_up_inside_a_hybrid_subtracts_only_what_it_earned_itself() -> None:
    assert amounts(compute([rule(hybrid(UNIT, revenue("all")))], line(15000), line(10000))) == [850, 1150]


def test_a_capped_true_up_counts_what_was_paid() -> None:
    answer = compute([rule(revenue("all"), limits={"cap_minor": 1000})], line(15000), line(10000))
    assert amounts(answer) == [600, 400]
    assert reasons(answer) == [None, "cap"]


def test_when_the_period_earned_too_much_the_true_up_takes_it_back() -> None:
    period = {"revenue_minor": 10000, "earned_minor": 2000}
    assert amounts(compute([rule(revenue("all"))], line(10000), period=period)) == [-800]


def test_no_lines_and_no_rules() -> None:
    assert compute([rule(PERCENT)]) == {"lines": [], "total_minor": 0, "currency": "USD"}
    assert reasons(compute([], line())) == ["no_rule"]


def test_each_rule_may_have_seen_a_period_of_its_own() -> None:
    contract = parse_contract(
        Payload({"currency": "USD", "rules": [rule(revenue("whole"), limits={"cap_minor": 700})]}, "contract")
    )
    sale = parse_sale(Payload({"at": "2026-03-10T12:00:00Z", "lines": [line() | {"id": "1"}]}, "sale"), contract)
    assert commission_for(contract=contract, sale=sale).total_minor == 400
    known = type(sale)(at=sale.at, lines=sale.lines, progress={"r": Progress(used_minor=1, revenue_minor=40000)})
    assert commission_for(contract=contract, sale=known).total_minor == 699


def test_a_line_explains_itself() -> None:
    rules = [rule(PERCENT, when={"product": ["gold"]}) | {"id": "gold"}, rule(PERCENT, limits={"cap_minor": 50})]
    answer = compute(rules, line(1235, discount_minor=100), used_minor=20)
    steps = [(step["label"], step["value"]) for step in answer["lines"][0]["explanation"]]
    assert steps == [
        ("Rule gold does not match", "product x is not one of gold"),
        ("Rule", "r"),
        ("Net", "12.35 USD − 1.00 USD − 0.00 USD = 11.35 USD"),
        ("Rate", "0.10"),
        ("Before rounding", "1.135 USD"),
        ("Cut by the cap", "0.50 USD, of which 0.20 USD is used"),
        ("Commission", "0.30 USD"),
    ]


@pytest.mark.parametrize(
    ("currency", "rate", "written"),
    [
        ("USD", "0.33333333", "≈ 0.00333333 USD"),
        ("USD", "0.000000000001", "≈ 0.00 USD"),
        ("KRW", "0.25", "0.25 KRW"),
        ("KRW", "0.0000000001", "≈ 0.0 KRW"),
        ("KWD", "0.5", "0.0005 KWD"),
    ],
)
def test_an_amount_before_rounding_says_when_it_is_shortened(currency: str, rate: str, written: str) -> None:
    answer = compute([rule({"kind": "percent", "rate": rate})], line(1), currency=currency)
    assert {"label": "Before rounding", "value": written} in answer["lines"][0]["explanation"]


def test_tiers_explain_only_the_slices_that_the_line_fills() -> None:
    answer = compute([rule(revenue("past_each"))], line(20000), period={"revenue_minor": 20000})
    steps = [(step["label"], step["value"]) for step in answer["lines"][0]["explanation"]]
    assert steps == [
        ("Rule", "r"),
        ("Net", "200.00 USD"),
        ("Period revenue before", "200.00 USD"),
        ("Period revenue with this line", "400.00 USD"),
        ("Slice from 200.00 USD", "200.00 USD × 0.06"),
        ("Commission", "12.00 USD"),
    ]


def test_a_true_up_explains_what_was_due_and_what_was_earned() -> None:
    answer = compute([rule(counted("all"))], line(), period={"count": 4, "earned_minor": 600})
    steps = [(step["label"], step["value"]) for step in answer["lines"][0]["explanation"]]
    assert steps == [
        ("Rule", "r"),
        ("Lines in the period with this one", "5"),
        ("Tier reached", "from 5: 2.00 USD each"),
        ("Due for the whole period", "10.00 USD"),
        ("Already earned in it", "6.00 USD"),
        ("Commission", "4.00 USD"),
    ]


def test_a_slice_of_one_minor_unit_counts() -> None:
    tiers = [{"from": 0, "rate": "0"}, {"from": 100, "rate": "1"}]
    assert amounts(compute([rule(revenue("past_each", tiers))], line(101))) == [1]


def test_an_amount_that_meets_the_minimum_is_not_said_to_be_raised() -> None:
    answer = compute([rule(PERCENT, limits={"min_minor": 1000})], line(10000))
    assert [step["label"] for step in answer["lines"][0]["explanation"]] == ["Rule", "Net", "Rate", "Commission"]


SHARES = st.fractions(Fraction(1, 97), 1, max_denominator=97)


@given(
    st.sampled_from([PERCENT, ORDER, UNIT, MARGIN, counted("whole"), hybrid(UNIT, PERCENT)]),
    st.integers(0, 10**12).map(lambda thousands: thousands * 1000), st.integers(1, 9), SHARES,
)  # fmt: skip
def test_a_share_is_paid_its_part_of_what_the_whole_earns(
    pay: dict[str, Any], gross: int, quantity: int, share: Fraction
) -> None:
    (whole,) = shared(rule(pay), [gross], Fraction(1), quantity=quantity)
    assert shared(rule(pay), [gross], share, quantity=quantity) == [round_half_away(whole * share)]


@given(st.sampled_from(["whole", "past_each", "all"]), st.lists(st.integers(0, 10**6), max_size=4), SHARES)
def test_a_share_of_a_sale_climbs_tiers_as_a_sale_of_its_size(mode: str, parts: list[int], share: Fraction) -> None:
    grosses = [part * share.denominator for part in parts]
    sizes = [part * share.numerator for part in parts]
    assert shared(rule(revenue(mode)), grosses, share) == shared(rule(revenue(mode)), sizes, Fraction(1))


def test_a_maximum_raises_nothing() -> None:
    assert shared(rule(PERCENT, limits={"max_minor": 6_000}), [30_000], Fraction(1)) == [3_000]


def test_a_share_has_its_part_of_minimum_and_maximum_and_a_cap_whole() -> None:
    third = Fraction(1, 3)
    assert shared(rule(PERCENT, limits={"min_minor": 900}), [1_000], third) == [300]
    assert shared(rule(PERCENT, limits={"max_minor": 600}), [30_000], third) == [200]
    assert shared(rule(PERCENT, limits={"cap_minor": 600}), [30_000], third) == [600]


@given(
    st.sampled_from([True, False]), st.lists(st.integers(0, 10**6), min_size=1, max_size=6), SHARES,
    st.fractions(0, 100, max_denominator=7),
)  # fmt: skip
def test_lines_of_a_tier_that_is_trued_up_apart_sum_to_its_rounded_due(
    is_hybrid: bool, grosses: list[int], share: Fraction, beside: Fraction
) -> None:
    tiers = revenue("all", [{"from": 0, "rate": "0.0371"}])
    before = Progress(revenue_minor=5_003, count=2, own=Own(Fraction(5_003), Fraction(2), beside))
    opening = 5_003 * Fraction(Decimal("0.0371")) + beside
    exact = opening + sum(grosses) * share * Fraction(Decimal("0.0371")) + (
        250 * len(grosses) * share if is_hybrid else 0)  # fmt: skip
    paid = shared(rule(hybrid(UNIT, tiers) if is_hybrid else tiers), grosses, share, before)
    assert sum(paid) == round_half_away(exact) - round_half_away(opening)


def test_the_tier_of_a_period_that_is_trued_up_apart_is_that_of_all_its_sales() -> None:
    own = Own(Fraction(10_000), Fraction(1), Fraction(0))
    moved = Progress(revenue_minor=30_000, count=3, own=own)
    assert shared(rule(revenue("all")), [10_000], Fraction(1), moved) == [800]
    assert shared(rule(counted("all")), [10_000, 10_000], Fraction(1, 2), moved) == [75, 100]
    assert shared(rule(counted("all")), [10_000], Fraction(1), Progress(own=Own())) == [100]
