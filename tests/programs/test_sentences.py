"""Every sentence a contract may say, word for word: what a partner signs is what is paid."""

from typing import Any

import pytest

from kernel.errors import InvalidInput
from tenant_apps.programs.rules import differences, read_terms, said_bonus, said_level, said_rule, said_term, unknown_in
from tenant_apps.programs.rules.codes import follows, same_name, wrong_code
from tests.programs.dealing import AT, DAY, KNOWN, TEN, TWELVE, terms

NET = "10 % of the net price"
SALES = "{} % of the net sales of partners recruited, level 2"
BONUS = "5.00 EUR once when the sales of a month reach {}"
TIERS = [{"from": 0, "rate": "0.05"}, {"from": 1000_00, "rate": "0.075"}]
COUNTS = [{"from": 1, "amount_minor": 100}, {"from": 3, "amount_minor": 150}]
RATES, EACH = "5 % from 0.00 EUR, 7.5 % from 1000.00 EUR", "1.00 EUR each from sale 1, 1.50 EUR each from sale 3"


def tiered(mode: str, **more: Any) -> dict[str, Any]:
    return {"kind": "tiered", "measure": "period_revenue", "mode": mode, "tiers": TIERS} | more


def counted(mode: str) -> dict[str, Any]:
    return {"kind": "tiered", "measure": "period_count", "mode": mode, "tiers": COUNTS}


FIXED = {"kind": "fixed", "amount_minor": 250}


@pytest.mark.parametrize(
    ("pay", "said"),
    [
        (FIXED | {"per": "order"}, "2.50 EUR per order"), (FIXED | {"per": "unit"}, "2.50 EUR per unit"),
        ({"kind": "percent", "rate": "0.1"}, NET),
        ({"kind": "percent", "rate": "0.1", "base": "gross"}, "10 % of the gross price"),
        ({"kind": "margin_share", "rate": "0.25"}, "25 % of the margin"),
        ({"kind": "hybrid", "parts": [FIXED | {"per": "unit"}, TEN["pay"]]}, f"2.50 EUR per unit + {NET} together"),
        (tiered("past_each"), f"{RATES}, each slice of the revenue of a month at its own rate"),
        (tiered("whole", period="quarter"), f"{RATES}, by the revenue of a quarter that the order reaches"),
        (tiered("all", period="lifetime"), f"{RATES}, all revenue of the whole time at the rate it reaches"),
        (counted("whole"), f"{EACH}, by the sales of a month that the order reaches"),
        (counted("all"), f"{EACH}, all sales of a month at the amount they reach"),
        ({"kind": "tiered", "measure": "period_count", "mode": "odd"},
         'pay: {"kind": "tiered", "measure": "period_count", "mode": "odd"}'),
        ({"kind": "odd"}, 'pay: {"kind": "odd"}'),
    ],
)  # fmt: skip
def test_what_a_rule_pays(pay: dict[str, Any], said: str) -> None:
    assert str(said_rule({"id": "a", "pay": pay}, "EUR")) == said


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"when": {"product": ["tea", "spa"]}}, "for the products tea, spa"),
        ({"when": {"min_quantity": 2}}, "for 2 units or more"),
        ({"when": {"min_amount_minor": 500}}, "for lines of 5.00 EUR net or more"),
        ({"when": {"metadata": {"size": ["s", "m"], "kind": ["x"]}}}, "where size is s, m, kind is x"),
        ({"when": {"charge": "returning"}}, "for orders after a customer's first"),
        ({"when": {"charge": "odd"}}, 'charge: "odd"'), ({"when": {"odd": "first"}}, 'odd: "first"'),
        ({"limits": {"max_months": 12}}, "for 12 months from a customer's first order"),
        ({"limits": {"cap_minor": 500}}, "at most 5.00 EUR in all"), ({"limits": {"odd": 1}}, "odd: 1"),
        ({"limits": {"caps": [{"per": "customer", "period": "month", "amount_minor": 500},
                              {"per": "order", "amount_minor": 300}]}},
         "at most 5.00 EUR per customer in a month, at most 3.00 EUR per order"),
        ({"limits": {"caps": [{"per": "period", "amount_minor": 500}]}}, "at most 5.00 EUR in the whole time"),
    ],
)  # fmt: skip
def test_its_conditions_and_limits(part: dict[str, Any], said: str) -> None:
    assert str(said_rule(TEN | part, "EUR")) == f"{NET}; {said}"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("currency", "EUR", "Amounts in EUR"), ("hold_days", 14, "Payable 14 days after the sale"),
        ("converts", True, "Sales in other currencies are converted to EUR at the rate of their day"),
        ("converts", False, "Only sales in EUR are paid by this contract"),
        ("starts_at", None, "Begins when it is accepted"),
        ("starts_at", "2026-06-01", "Begins on 2026-06-01, or when it is accepted later"),
        ("minimum_payout_minor", 500, "Paid out from 5.00 EUR on"),
        ("negative", "carry", "A negative balance is carried forward"),
        ("negative", "reset", "A negative balance starts again at zero"),
        ("negative", "cap", "A negative balance is carried forward, at most 3.00 EUR"),
        ("pinning", "pinned", "A customer keeps the version of the first order"),
        ("pinning", "floating", "Every order is paid by the version of its day"),
        ("manual_lines", "bypass", "Lines that the brand writes by hand are payable at once"),
        ("manual_lines", "obey", "Lines that the brand writes by hand wait as sales do"),
        ("reserve", {}, "Nothing is kept in reserve"),
        ("reserve", {"rate": "0.1", "days": 90}, "10 % is kept in reserve for 90 days"),
        ("clawback", {}, "Refunds take back the commission on them"),
        ("clawback", None, "Refunds take back the commission on them"),
        ("clawback", {"schedule": "pro_rata", "months": 12, "window_days": 90},
         "Refunds take back what is not earned after so many of 12 months, within 90 days after the sale"),
        ("clawback", {"schedule": "declining", "steps": [{"after_days": 30, "rate": "0.5"}], "max_payout_share": "0.2"},
         "Refunds take back 50 % from day 30 on, at most 20 % of a payout"),
        ("odd", [1], "odd: [1]"),
    ],
)  # fmt: skip
def test_the_terms_beside_the_rules(name: str, value: Any, said: str) -> None:
    assert str(said_term(name, {"currency": "EUR", "negative_cap_minor": 300, name: value})) == said


def test_levels_and_bonuses() -> None:
    of_sales = {"level": 2, "of": "net", "rate": "0.02"}
    assert str(said_level(of_sales)) == SALES.format(2)
    bonus = {"id": "b", "measure": "period_count", "reach": 10, "amount_minor": 500}
    assert str(said_bonus(bonus, "EUR")) == BONUS.format(10)
    beside: dict[str, Any] = {"levels": [of_sales], "bonuses": [bonus]}
    assert differences(terms(TEN, **beside), terms(TEN, **beside)) == ()
    changed = differences(
        terms(TEN, levels=[of_sales], bonuses=[bonus]),
        terms(TEN, levels=[of_sales | {"rate": "0.03"}], bonuses=[bonus | {"reach": 20}]),
    )
    assert [(change.field, str(change.sentence)) for change in changed] == [
        ("levels.2", f"Level 2: {SALES.format(2)} → {SALES.format(3)}"),
        ("bonuses.b", f"Bonus b: {BONUS.format(10)} → {BONUS.format(20)}"),
    ]


def test_as_few_rules_as_possible_are_told_as_moved() -> None:
    for order, moved in (
        ("bcda", ["a"]), ("dabc", ["d"]), ("badc", ["b", "d"]), ("abcd", []), ("bfgcheda", ["a", "c", "d", "e"]),
    ):  # fmt: skip
        rules = [TEN | {"id": name} for name in sorted(order)]
        told = differences(terms(*rules), terms(*(TEN | {"id": name} for name in order)))
        assert sorted(change.field.removeprefix("rules.") for change in told) == moved
    rules = [TEN | {"id": name} for name in "abcd"]
    [move] = differences(terms(*rules), terms(*(TEN | {"id": name} for name in "bcda")))
    assert (move.old, move.new) == (1, 4)


def test_what_stands_for_the_same_is_no_difference_and_what_does_not_is() -> None:
    capped = TEN | {"limits": {"caps": [{"per": "partner", "amount_minor": 5}]}}
    spelt = TEN | {"limits": {"caps": [{"per": "partner", "amount_minor": 5, "period": "lifetime"}]}, "when": {}}
    assert differences(terms(capped), terms(spelt)) == ()
    monthly = TEN | {"limits": {"caps": [{"per": "partner", "amount_minor": 5, "period": "month"}]}}
    assert [change.field for change in differences(terms(capped), terms(monthly))] == ["rules.all.limits.caps"]
    parts, spelt = ({"kind": "hybrid", "parts": [part]} for part in ({"kind": "percent", "rate": "0.10"}, TEN["pay"]))
    assert differences(terms(TEN | {"pay": parts}), terms(TEN | {"pay": spelt})) == ()
    assert differences(terms(starts_at=None), terms(starts_at=(AT + DAY).isoformat())) == ()
    beside = differences(terms(), terms(TWELVE, hold_days=30, negative="reset"))
    assert [(change.field, change.old, change.new) for change in beside] == [
        ("rules.all.pay", {"kind": "percent", "rate": "0.10"}, {"kind": "percent", "rate": "0.12"}),
        ("hold_days", 14, 30), ("negative", "carry", "reset"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hold_days": 365}, ""), ({"hold_days": 366}, "hold_days"), ({"hold_days": -1}, "hold_days"),
        ({"minimum_payout_minor": 10**15}, ""), ({"minimum_payout_minor": 10**15 + 1}, "minimum_payout_minor"),
        ({"negative": "cap", "negative_cap_minor": 1}, ""), ({"negative": "cap"}, "negative_cap_minor"),
        ({"negative": "reset", "negative_cap_minor": 1}, "negative_cap_minor"),
        ({"rules": [TEN | {"pay": {"kind": "percent", "rate": "100"}}]}, ""),
        ({"rules": [TEN | {"pay": {"kind": "percent", "rate": "100.001"}}]}, "rules[0].pay.rate"),
        ({"rules": [TEN | {"limits": {"cap_minor": 10**15}}]}, ""),
        ({"rules": [TEN | {"limits": {"cap_minor": 10**15 + 1}}]}, "rules[0].limits.cap_minor"),
        ({"rules": [TEN | {"pay": tiered("whole", tiers=[{"from": 0, "rate": "0"}, {"from": 10**16, "rate": "0"}])}]},
         "rules[0].pay.tiers[1].from"),
    ],
)  # fmt: skip
def test_terms_are_read_up_to_their_bounds(change: dict[str, Any], field: str) -> None:
    wrong: list[str] = []
    try:
        read_terms(terms() | change)
    except InvalidInput as refused:
        wrong = [error["field"] for error in refused.errors]
    assert wrong == ([field] if field else [])


def test_lists_are_read_together_and_a_contract_may_have_none_yet() -> None:
    twice = {"level": 1, "of": "commission", "rate": "0.02"}
    with pytest.raises(InvalidInput) as refused:
        read_terms(terms(TEN, levels=[twice, twice]))
    assert [error["field"] for error in refused.value.errors] == ["levels[1].level"]
    empty = read_terms({"currency": "EUR", "starts_at": AT.isoformat()})
    assert (empty.document["rules"], empty.columns["hold_days"], empty.columns["starts_at"]) == ([], 14, AT)
    by_metadata = TEN | {"when": {"metadata": {"rate": ["high"]}}}
    assert read_terms(terms(by_metadata)).document["rules"] == [by_metadata]


def test_terms_may_begin_with_the_open_books_and_not_before() -> None:
    known = type(KNOWN)(**{name: getattr(KNOWN, name) for name in KNOWN.__slots__} | {"open_since": AT})
    told = [
        [error["field"] for error in unknown_in(read_terms(terms(starts_at=at.isoformat())), known)]
        for at in (AT, AT - DAY)
    ]
    assert told == [[], ["starts_at"]]
    assert unknown_in(read_terms(terms()), known) == []
    assert unknown_in(read_terms(terms(starts_at=AT.isoformat())), KNOWN) == []


def test_names_that_the_brand_has_are_known_and_a_hint_is_given_where_one_is_near() -> None:
    named = TEN | {"when": {"product": ["tea", "zzz"], "site": ["sit_1"], "campaign": ["spring"]}}
    [wrong] = unknown_in(read_terms(terms(named)), KNOWN)
    assert (wrong["field"], wrong["message"]) == ("rules[0].when.product[1]", "there is no product zzz")


@pytest.mark.parametrize(("code", "fits"), [("a", False), ("ab", True), ("a" * 40, True), ("a" * 41, False),
                                            ("-a", False), ("a-_9", True), ("Ab", False), ("ab\n", False)])  # fmt: skip
def test_a_code_is_short_and_plain(code: str, fits: bool) -> None:
    assert [error["field"] for error in wrong_code(code)] == ([] if fits else ["code"])


def test_a_version_follows_the_open_one_and_a_name_is_signed_in_any_case() -> None:
    assert [follows(at, AT) for at in (AT - DAY, AT, AT + DAY)] == [False, False, True]
    assert follows(AT, None)
    assert same_name(" mira  KIM ", "Mira Kim")
    assert not same_name("Mira", "Mira Kim")
