"""Statements balance, carry and reset; splits and dispatch refuse what they do not know."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.payload import Payload
from kernel.rates import apply_rate
from tenant_apps.settlements.rules import Month, Negative, Terms, months_of, next_opening, settled
from tenant_apps.settlements.rules.preview import preview, preview_text
from tenant_apps.settlements.rules.reserve import ReserveTerms, parse_reserve

AMOUNTS = st.integers(0, 10**15)
MONTHS = st.lists(st.builds(Month, AMOUNTS, AMOUNTS, st.integers(-(10**15), 10**15)), max_size=8)


@given(st.integers(-(10**15), 10**15), AMOUNTS, st.sampled_from([Negative.CARRY, Negative.RESET]), MONTHS)
def test_every_month_balances_and_opens_with_what_was_left(
    opening: int, minimum: int, negative: Negative, months: list[Month]
) -> None:
    closed = months_of(opening_minor=opening, minimum_minor=minimum, negative=negative, months=months)
    left = opening
    for month, movements in zip(closed, months, strict=True):
        assert month.opening_minor == left
        assert month.net_minor == movements.earned_minor - movements.clawback_minor + movements.adjustment_minor
        assert month.opening_minor + month.net_minor - month.payout_minor == month.closing_minor
        assert month.payout_minor == 0 or (month.payout_minor >= max(minimum, 1) and month.closing_minor == 0)
        assert month.closing_minor < max(minimum, 1)
        left = max(0, month.closing_minor) if negative is Negative.RESET else month.closing_minor


def test_a_debt_that_starts_again_at_zero_is_written_off_whole() -> None:
    assert [next_opening(-500, negative, 300) for negative in Negative] == [-500, -300, 0]
    assert [next_opening(0, negative, 300) for negative in Negative] == [0, 0, 0]


@pytest.mark.parametrize(
    ("terms", "read"),
    [
        ({}, ReserveTerms()),
        ({"rate": "0.1", "days": 3660}, ReserveTerms(Decimal("0.1"), 3660)),
        ({"rate": "1", "days": 1}, ReserveTerms(Decimal(1), 1)),
        ({"rate": "0.1", "days": 3661}, "reserve.days"),
        ({"rate": "0.1", "days": 0}, "reserve.days"),
        ({"rate": "0.1"}, "reserve.days"),
        ({"days": 90}, "reserve.rate"),
        ({"rate": "1.1", "days": 90}, "reserve.rate"),
        ({"rates": "0.1"}, "reserve.rates"),
    ],
)
def test_a_reserve_is_read_whole_or_refused_at_its_field(terms: dict[str, Any], read: ReserveTerms | str) -> None:
    try:
        told: ReserveTerms | str = parse_reserve(Payload(terms, "reserve"))
    except InvalidInput as refused:
        told = refused.field
    assert told == read


RATES = st.decimals(0, 1, places=4)
TERMS = st.builds(Terms, AMOUNTS, RATES, RATES)
SIGNED = st.integers(-(10**15), 10**15)


@given(SIGNED, st.builds(Month, AMOUNTS, AMOUNTS, SIGNED), TERMS, SIGNED, AMOUNTS)
def test_whatever_the_terms_the_balance_adds_up(
    opening: int, month: Month, terms: Terms, tax: int, released: int
) -> None:
    closed = settled(opening_minor=opening, month=month, terms=terms, tax_minor=tax, released_minor=released)
    moved = closed.net_minor + closed.tax_minor + closed.released_minor - closed.held_minor - closed.payout_minor
    assert closed.closing_minor == opening + moved
    assert closed.payout_minor == 0 or closed.payout_minor >= max(terms.minimum_minor, 1)
    assert 0 <= closed.held_minor <= max(month.earned_minor - month.clawback_minor, 0)
    assert closed.closing_minor < max(terms.minimum_minor, 1)
    # Debts take at most their part: so much is paid, whatever they are.
    undiminished = max(closed.closing_minor + closed.payout_minor + max(-opening, 0) + month.clawback_minor, 0)
    at_least = undiminished - apply_rate(undiminished, terms.clawback_share)
    assert closed.payout_minor >= at_least or at_least < terms.minimum_minor


@pytest.mark.parametrize(
    ("opening", "earned", "clawback", "terms", "tax", "released", "held", "payout", "closing"),
    [
        # half of 100 is all that clawbacks of 80 may take; 30 carry on
        (0, 100, 80, Terms(clawback_share=Decimal("0.5")), 0, 0, 0, 50, -30),
        (-30, 100, 0, Terms(clawback_share=Decimal("0.5")), 0, 0, 0, 70, 0),
        # a tenth is kept, 19 % VAT is on all of it
        (0, 1000, 0, Terms(reserve_rate=Decimal("0.10")), 190, 0, 100, 1090, 0),
        (0, 0, 0, Terms(reserve_rate=Decimal("0.10")), 0, 100, 0, 100, 0),
        # a debt is settled before anything is kept
        (-950, 1000, 0, Terms(reserve_rate=Decimal("0.10")), 0, 0, 50, 0, 0),
        (0, 1000, 0, Terms(minimum_minor=1000, reserve_rate=Decimal("0.10")), 0, 0, 100, 0, 900),
    ],
)
def test_worked_terms(
    opening: int,
    earned: int,
    clawback: int,
    terms: Terms,
    tax: int,
    released: int,
    held: int,
    payout: int,
    closing: int,
) -> None:
    month = settled(
        opening_minor=opening, month=Month(earned, clawback), terms=terms, tax_minor=tax, released_minor=released
    )
    assert (month.held_minor, month.payout_minor, month.closing_minor) == (held, payout, closing)


@pytest.mark.parametrize(
    ("closing", "negative", "cap", "opens"),
    [(-80, "cap", 50, -50), (-40, "cap", 50, -40), (-80, "cap", 0, 0), (80, "cap", 50, 80), (-80, "carry", 50, -80)],
)
def test_a_capped_debt_carries_no_further_than_its_cap(closing: int, negative: str, cap: int, opens: int) -> None:
    assert next_opening(closing, Negative(negative), cap) == opens


@given(st.integers(-(10**15), 10**15), AMOUNTS, MONTHS)
def test_carrying_loses_nothing(opening: int, minimum: int, months: list[Month]) -> None:
    closed = months_of(opening_minor=opening, minimum_minor=minimum, negative=Negative.CARRY, months=months)
    paid = sum(month.payout_minor for month in closed)
    last = closed[-1].closing_minor if closed else opening
    assert paid + last == opening + sum(month.net_minor for month in months)


@pytest.mark.parametrize(
    ("opening", "minimum", "negative", "months", "expected"),
    [
        # a debt is reset in the month after the one that closes with it
        (0, 0, "reset", [(0, 100, 0), (50, 0, 0)], [(0, -100, 0, -100), (0, 50, 50, 0)]),
        (0, 0, "carry", [(0, 100, 0), (50, 0, 0)], [(0, -100, 0, -100), (-100, 50, 0, -50)]),
        # a positive balance below the minimum is never reset
        (0, 100, "reset", [(99, 0, 0), (1, 0, 0)], [(0, 99, 0, 99), (99, 1, 100, 0)]),
        # the first opening is taken as given
        (-30, 0, "reset", [(10, 0, 0), (10, 0, 0)], [(-30, 10, 0, -20), (0, 10, 10, 0)]),
        (0, 100, "carry", [(0, 0, 100)], [(0, 100, 100, 0)]),
        (0, 0, "carry", [(50, 50, 0)], [(0, 0, 0, 0)]),
        (10**15, 0, "carry", [(10**15, 1, -1)], [(10**15, 10**15 - 2, 2 * 10**15 - 2, 0)]),
        # one minor unit is paid where there is no minimum
        (0, 0, "carry", [(1, 0, 0)], [(0, 1, 1, 0)]),
        (5, 0, "carry", [], []),
    ],
)
def test_worked_statements(
    opening: int, minimum: int, negative: str, months: list[tuple[int, int, int]], expected: list[tuple[int, ...]]
) -> None:
    names = ("earned_minor", "clawback_minor", "adjustment_minor")
    answer = preview(
        "statement",
        {
            "opening_minor": opening,
            "minimum_minor": minimum,
            "negative": negative,
            "months": [dict(zip(names, month, strict=True)) for month in months],
        },
    )
    assert [tuple(month.values()) for month in answer["months"]] == expected


def test_a_month_without_movements_nets_nothing() -> None:
    assert Month() == Month(earned_minor=0, clawback_minor=0, adjustment_minor=0)


def test_a_negative_minimum_is_refused_by_the_rule_too() -> None:
    with pytest.raises(ValueError, match="minimum"):
        settled(opening_minor=0, month=Month(), minimum_minor=-1)


STATEMENT = {"opening_minor": 0, "minimum_minor": 0, "negative": "carry", "months": [{"earned_minor": 1}]}
SPLIT = {"amount_minor": 5, "currency": "EUR", "weights": [{"key": "a", "weight": "1"}, {"key": "b", "weight": "0"}]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"opening_minor": 1.0}, "opening_minor"),
        ({"opening_minor": True}, "opening_minor"),
        ({"opening_minor": "1"}, "opening_minor"),
        ({"opening_minor": None}, "opening_minor"),
        ({"opening_minor": 10**31}, "opening_minor"),
        ({"minimum_minor": -1}, "minimum_minor"),
        ({"negative": "forgive"}, "negative"),
        ({"negative": 1}, "negative"),
        ({"months": {}}, "months"),
        ({"months": [{"earned": 1}]}, "months[0].earned"),
        ({"months": [{}, {"clawback_minor": -1}]}, "months[1].clawback_minor"),
        ({"months": [{"earned_minor": -1}]}, "months[0].earned_minor"),
        ({"months": [{"adjustment_minor": 0.5}]}, "months[0].adjustment_minor"),
        ({"months": [7]}, "months[0]"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_statements_refuse_by_the_path(change: dict[str, Any], field: str) -> None:
    refused("statement", STATEMENT | change, field)


@pytest.mark.parametrize("missing", list(STATEMENT))
def test_statements_need_every_field(missing: str) -> None:
    refused("statement", {name: value for name, value in STATEMENT.items() if name != missing}, missing)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weights": []}, "weights"),
        ({"weights": [{"key": "a", "weight": "0"}]}, "weights"),
        ({"weights": [{"key": "a", "weight": "-1"}]}, "weights[0].weight"),
        ({"weights": [{"key": "a", "weight": 1}]}, "weights[0].weight"),
        ({"weights": [{"key": "a", "weight": "1e5"}]}, "weights[0].weight"),
        ({"weights": [{"key": "a", "weight": "NaN"}]}, "weights[0].weight"),
        ({"weights": [{"key": "a"}]}, "weights[0].weight"),
        ({"weights": [{"key": "a", "weight": "1", "share": 1}]}, "weights[0].share"),
        ({"weights": [{"key": "a", "weight": "1"}, {"key": "a", "weight": "1"}]}, "weights[1].key"),
        ({"weights": [{"key": " ", "weight": "1"}]}, "weights[0].key"),
        ({"weights": [{"key": "a\0", "weight": "1"}]}, "weights[0].key"),
        ({"weights": [{"key": "\ud800", "weight": "1"}]}, "weights[0].key"),
        ({"weights": [{"key": "a" * 501, "weight": "1"}]}, "weights[0].key"),
        ({"currency": "eur"}, "currency"),
        ({"currency": 978}, "currency"),
        ({"amount_minor": 5.5}, "amount_minor"),
        ({"ammount_minor": 5}, "ammount_minor"),
    ],
)
def test_splits_refuse_by_the_path(change: dict[str, Any], field: str) -> None:
    refused("split", SPLIT | change, field)


def test_a_misspelt_field_is_answered_with_the_known_one() -> None:
    assert refused("split", SPLIT | {"wieghts": []}, "wieghts").message.endswith("did you mean weights?")


def test_all_unknown_fields_are_named_at_once() -> None:
    error = refused("split", SPLIT | {"x": 1, "y": 2}, "x")
    assert [entry["field"] for entry in error.errors] == ["x", "y"]


@pytest.mark.parametrize("payload", [None, [], "split", 1, True])
def test_a_payload_is_an_object(payload: object) -> None:
    assert refused("split", payload, "").message == "The input must be an object."


def test_an_unknown_kind_is_refused() -> None:
    refused("proration", {}, "kind")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", ""),
        ("{", ""),
        (b"\xff\xfe\xfd", ""),
        ("[" * 100_000, ""),
        ('{"amount_minor": ' + "9" * 5000 + "}", ""),
        ('{"amount_minor": NaN}', ""),
        ('{"amount_minor": -Infinity}', ""),
        ('{"currency": "EUR", "amount_minor": 1, "amount_minor": 2}', "amount_minor"),
        ('{"weights": [{"key": "a", "weight": "1", "weight": "2"}]}', "weight"),
    ],
)
def test_json_that_parsers_would_guess_at_is_refused(text: str | bytes, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        preview_text("split", text)
    assert caught.value.field == field


def test_a_document_as_it_came_in_is_previewed() -> None:
    assert preview_text("split", json.dumps(SPLIT).encode()) == preview("split", SPLIT)


def test_a_zero_weight_gets_nothing_and_huge_amounts_are_exact() -> None:
    assert preview("split", SPLIT)["parts"] == [{"key": "a", "amount_minor": 5}, {"key": "b", "amount_minor": 0}]
    weights = [{"key": key, "weight": "0.1"} for key in "abc"]
    parts = preview("split", {"amount_minor": 10**30, "currency": "KRW", "weights": weights})["parts"]
    third = (10**30 - 1) // 3
    assert [part["amount_minor"] for part in parts] == [third + 1, third, third]


def refused(kind: str, payload: object, field: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        preview(kind, payload)
    assert caught.value.field == field
    assert caught.value.status == 422
    return caught.value
