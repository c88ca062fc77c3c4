"""Filters are read or refused, never guessed; ratios round once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from tenant_apps.reports.rules import FILTER_NAMES, Filters, days_in, parse_filters, ratio


def test_filters_are_read_from_text_and_told_again() -> None:
    asked = {"state": "payable", "partner": "par_1", "since": "2026-05-01", "until": "2026-05-31", "site": " "}
    filters = parse_filters(asked)
    assert filters == Filters(state="payable", partner="par_1", since=date(2026, 5, 1), until=date(2026, 5, 31))
    assert filters.as_dict() == {name: text for name, text in asked.items() if text.strip()}
    assert parse_filters(filters.as_dict()) == filters


def test_every_wrong_filter_is_named() -> None:
    asked = {
        "statee": "payable", "since": "yesterday", "until": "2026-02-30", "currency": "EUROS",
        "partner": "Robert'); --", "role": "a b",
    }  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        parse_filters(asked)
    assert sorted(error["field"] for error in refused.value.errors) == sorted(asked)


def test_days_that_run_backwards_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_filters({"since": "2026-05-02", "until": "2026-05-01"})
    assert refused.value.field == "until"


def test_a_kind_knows_its_own_filters() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_filters({"partner": "par_1"}, known=("currency",))
    assert refused.value.field == "partner"
    assert "currency" in refused.value.message


@given(st.fixed_dictionaries({}, optional={name: st.text(max_size=20) for name in (*FILTER_NAMES, "odd")}))
def test_any_text_is_read_or_refused(asked: dict[str, str]) -> None:
    try:
        filters, wrong = parse_filters(asked), set[str]()
    except InvalidInput as refused:
        filters, wrong = Filters(), {error["field"] for error in refused.errors}
    assert wrong <= set(asked)
    assert parse_filters(filters.as_dict()) == filters


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(1, 8, "0.1250"), (1, 3, "0.3333"), (2, 3, "0.6667"), (-1, 20_000, "-0.0001"), (5, 5, "1.0000"), (0, 7, "0.0000")],
)
def test_a_ratio_has_four_decimals(part: int, whole: int, told: str) -> None:
    assert str(ratio(part, whole)) == told


def test_a_ratio_of_nothing_is_none() -> None:
    assert ratio(0, 0) is None
    assert days_in(None) is None


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_ratio_is_within_half_a_step(part: int, whole: int) -> None:
    told = ratio(part, whole)
    assert told is not None
    assert abs(Decimal(part) / whole - told) <= Decimal("0.0000500001")


def test_days_have_one_decimal() -> None:
    assert days_in(timedelta(days=14, hours=1, minutes=12)) == Decimal("14.1")  # 14.05 rounds away from zero
    assert days_in(timedelta(days=14, hours=1, minutes=11, seconds=59)) == Decimal("14.0")
