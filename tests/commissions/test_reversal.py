"""What is refunded takes its part of the commission back, and a full refund all of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from tenant_apps.commissions.rules import Refund, preview_reversal, reversals_for

COMMISSIONS = st.integers(-(10**15), 10**15)


@given(COMMISSIONS, st.lists(st.integers(1, 10**15), min_size=1, max_size=8), st.booleans())
def test_partial_refunds_that_add_up_to_the_base_close_to_zero(commission: int, parts: list[int], paid: bool) -> None:
    reversals = reversals_for(
        commission_minor=commission, base_minor=sum(parts), refunds=[Refund(part, paid) for part in parts]
    )
    assert commission + sum(reversal.amount_minor for reversal in reversals) == 0


@given(COMMISSIONS, st.integers(1, 10**15), st.lists(st.integers(0, 10**15), max_size=8))
def test_never_more_than_was_earned_and_never_the_wrong_way(commission: int, base: int, refunds: list[int]) -> None:
    reversals = reversals_for(
        commission_minor=commission, base_minor=base, refunds=[Refund(refund, False) for refund in refunds]
    )
    remaining = commission
    for reversal in reversals:
        assert reversal.amount_minor * commission <= 0
        remaining += reversal.amount_minor
        assert 0 <= abs(remaining) <= abs(commission)
        assert remaining * commission >= 0


@given(COMMISSIONS, st.integers(1, 10**15), st.lists(st.integers(0, 10**15), max_size=6))
def test_many_refunds_reverse_what_one_of_their_sum_would(commission: int, base: int, refunds: list[int]) -> None:
    many, one = (
        sum(
            reversal.amount_minor
            for reversal in reversals_for(
                commission_minor=commission, base_minor=base, refunds=[Refund(amount, True) for amount in amounts]
            )
        )
        for amounts in (refunds, [sum(refunds)])
    )
    assert many == one


@pytest.mark.parametrize(
    ("commission", "base", "refunds", "expected", "remaining"),
    [
        (197, 1000, [500, 500], [-99, -98], 0),
        (100, 300, [400], [-100], 0),
        (100, 300, [200, 200, 200], [-67, -33, 0], 0),
        (1, 3, [1, 1, 1], [0, -1, 0], 0),
        (100, 300, [0], [0], 100),
        (0, 300, [300], [0], 0),
        (100, 300, [], [], 100),
        (-100, 300, [100, 200], [33, 67], 0),
        (10**15 + 1, 10**15, [1], [-1], 10**15),
    ],
)
def test_worked_reversals(commission: int, base: int, refunds: list[int], expected: list[int], remaining: int) -> None:
    answer = preview_reversal(
        {
            "commission_minor": commission,
            "base_minor": base,
            "refunds": [{"amount_minor": amount, "paid_out": False} for amount in refunds],
        }
    )
    assert [reversal["amount_minor"] for reversal in answer["reversals"]] == expected
    assert answer["remaining_minor"] == remaining


def test_the_status_says_whether_it_was_paid_out_also_for_nothing_more() -> None:
    refunds = [{"amount_minor": 300, "paid_out": False}, {"amount_minor": 1, "paid_out": True}]
    answer = preview_reversal({"commission_minor": 100, "base_minor": 300, "refunds": refunds})
    assert answer["reversals"] == [
        {"amount_minor": -100, "status": "refunded"},
        {"amount_minor": 0, "status": "clawback"},
    ]


GOOD = {"commission_minor": 100, "base_minor": 300, "refunds": [{"amount_minor": 100, "paid_out": True}]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"base_minor": 0}, "base_minor"),
        ({"base_minor": -300}, "base_minor"),
        ({"base_minor": 300.0}, "base_minor"),
        ({"commission_minor": "100"}, "commission_minor"),
        ({"commission_minor": False}, "commission_minor"),
        ({"refunds": None}, "refunds"),
        ({"refunds": [{"amount_minor": -1, "paid_out": True}]}, "refunds[0].amount_minor"),
        ({"refunds": [{"amount_minor": 1}]}, "refunds[0].paid_out"),
        ({"refunds": [{"amount_minor": 1, "paid_out": 1}]}, "refunds[0].paid_out"),
        ({"refunds": [{"amount_minor": 1, "paid_out": "true"}]}, "refunds[0].paid_out"),
        ({"refunds": [{"amount_minor": 1, "paid_out": True, "at": "now"}]}, "refunds[0].at"),
        ({"rate": "0.1"}, "rate"),
    ],
)
def test_reversals_refuse_by_the_path(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        preview_reversal(GOOD | change)
    assert caught.value.field == field


@pytest.mark.parametrize(("base", "refund"), [(0, 1), (-1, 1), (1, -1)])
def test_the_rule_itself_refuses_senseless_figures(base: int, refund: int) -> None:
    with pytest.raises(ValueError, match=r"positive|negative"):
        reversals_for(commission_minor=1, base_minor=base, refunds=[Refund(refund, False)])
