"""Splits add up to the whole; rates round once, halves away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.rates import apply_rate, parse_rate, round_half_away
from kernel.splits import split, split_in_steps

AMOUNTS = st.integers(-(10**18), 10**18)
WEIGHTS = st.lists(
    st.decimals(0, 10**9, places=6, allow_nan=False, allow_infinity=False), min_size=1, max_size=12
).filter(any)


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_parts_always_sum_to_the_whole(amount: int, weights: list[Decimal]) -> None:
    assert sum(split(amount, weights)) == amount


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_a_refund_mirrors_its_sale(amount: int, weights: list[Decimal]) -> None:
    assert split(-amount, weights) == [-part for part in split(amount, weights)]


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_each_part_is_within_one_unit_of_its_exact_share(amount: int, weights: list[Decimal]) -> None:
    total = sum(map(Fraction, weights))
    for part, weight in zip(split(amount, weights), weights, strict=True):
        assert abs(part - amount * Fraction(weight) / total) < 1
        assert weight or part == 0


@given(amount=AMOUNTS, weights=WEIGHTS, factor=st.integers(1, 10**9))
def test_only_the_ratio_of_weights_counts(amount: int, weights: list[Decimal], factor: int) -> None:
    assert split(amount, [Fraction(w) * factor for w in weights]) == split(amount, weights)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (5, "70 30", [4, 1]),
        (800, "1 1 1", [267, 267, 266]),
        (-800, "1 1 1", [-267, -267, -266]),
        (645, "0.30 0.70", [194, 451]),
        (1, "0 1 0", [0, 1, 0]),
        (0, "1 2", [0, 0]),
        (2, "1 1 1 1", [1, 1, 0, 0]),
        (10**15 + 1, "1 1", [5 * 10**14 + 1, 5 * 10**14]),
    ],
)
def test_worked_splits(amount: int, weights: str, parts: list[int]) -> None:
    assert split(amount, [Decimal(weight) for weight in weights.split()]) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1], [Decimal("NaN")], [Decimal("Inf")]])
def test_senseless_weights_are_refused(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split(100, weights)


@pytest.mark.parametrize(("amount", "weights"), [(1.0, [1]), (True, [1]), (1, [0.5]), (1, [True])])
def test_floats_and_bools_are_refused(amount: int, weights: list[int]) -> None:
    with pytest.raises(TypeError):
        split(amount, weights)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.5", 1),
        ("-0.5", -1),
        ("1.5", 2),
        ("2.5", 3),
        ("-2.5", -3),
        ("0.49999999999999999999999999999999", 0),
        ("98.5", 99),
        ("1000000000000000000000000000000.5", 10**30 + 1),
    ],
)
def test_halves_go_away_from_zero(value: str, rounded: int) -> None:
    assert round_half_away(Decimal(value)) == rounded
    assert round_half_away(Fraction(value)) == rounded


@given(minor=AMOUNTS, rate=st.decimals(-5, 5, places=8))
def test_a_rate_is_symmetric_and_within_half_a_unit(minor: int, rate: Decimal) -> None:
    amount = apply_rate(minor, rate)
    assert apply_rate(-minor, rate) == -amount
    assert abs(amount - minor * Fraction(rate)) <= Fraction(1, 2)


@pytest.mark.parametrize("value", [0.5, True, "1"])
def test_only_exact_numbers_are_rounded(value: object) -> None:
    with pytest.raises(TypeError):
        round_half_away(value)  # type: ignore[arg-type]


def test_what_is_not_finite_is_not_rounded() -> None:
    with pytest.raises(ValueError, match="finite"):
        round_half_away(Decimal("NaN"))


def test_rates_are_plain_decimal_strings() -> None:
    assert parse_rate("0.40") == Decimal("0.40")
    assert parse_rate("-1") == -1


@pytest.mark.parametrize(
    "text",
    [0.4, 1, True, None, "", "1e-1", "NaN", "Infinity", "+1", "40%", ".5", "1.", "1_0", "٠.٤"],
)
def test_other_forms_of_a_rate_are_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_rate(text, field="contract.rules[1].pay.rate")
    assert caught.value.field == "contract.rules[1].pay.rate"


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5).filter(any))
def test_a_split_in_steps_never_takes_back_and_ends_at_the_weights(weights: list[int]) -> None:
    before = [0] * len(weights)
    for amount in range(sum(weights) + 1):
        parts = split_in_steps(amount, weights)
        gained = [part - had for part, had in zip(parts, before, strict=True)]
        assert (sum(parts), sorted(gained)) == (amount, [0] * (len(weights) - bool(amount)) + [1] * bool(amount))
        before = parts
    assert before == weights


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=6).filter(any), st.integers(0, 10**15))
def test_in_a_split_in_steps_no_part_is_ahead_of_another(weights: list[int], amount: int) -> None:
    parts = split_in_steps(amount, weights)
    taking = [(part, weight) for part, weight in zip(parts, weights, strict=True) if weight]
    assert (sum(parts), sum(part for part, _ in taking)) == (amount, amount)
    last_given = max(Fraction(2 * part - 1, weight) for part, weight in taking)
    assert last_given <= min(Fraction(2 * part + 1, weight) for part, weight in taking)
