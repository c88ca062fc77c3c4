"""Reversals: by parts that add up to what was booked, never more of a transfer than it moved."""

from datetime import UTC, datetime
from fractions import Fraction
from threading import Barrier, Thread

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post, reverse
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import CauseReused, InvalidPosting, ReversalExceedsOriginal
from tenant_apps.ledger.models import Entry
from tenant_apps.ledger.queries import balance, flaws, reversed_so_far, trial_balance
from tenant_apps.ledger.rules import reversal_parts
from tenant_apps.ledger.states import AccountKind
from tests.conftest import brand_named

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def sale(*amounts: int, cause: str = "charge:1:captured", currency: str = "EUR") -> Entry:
    accounts = (chart.sales(), chart.tax(), chart.bank(), chart.commission_expense())
    transfers = [
        Posting(chart.processor(), account, amount, currency)
        for account, amount in zip(accounts, amounts, strict=False)
    ]
    return post(cause=cause, description="Charge", transfers=transfers, effective_at=AT, at=AT)


def back(entry: Entry, cause: str, amount: int | None = None, up_to: Fraction | None = None) -> Entry:
    return reverse(
        entry=entry, cause=cause, description="Back", at=AT, effective_at=AT, amount_minor=amount, up_to=up_to
    )


def parts(entry: Entry) -> dict[int, int]:
    return dict(entry.transfers.values_list("position", "amount_minor"))


def test_parts_fall_on_the_transfers_by_cumulative_rounding(in_aurora: Brand) -> None:
    entry = sale(100_00, 19_00)
    first = back(entry, "refund:1", 50_00)
    assert (first.reverses_id, parts(first)) == (entry.pk, {0: 42_02, 1: 7_98})  # 5000 × 100/119 = 4201.68
    second = back(entry, "refund:2", 1)  # of 5001 in all, 4202.52 and 798.48
    assert parts(second) == {0: 1}
    assert parts(back(entry, "refund:3")) == {0: 57_97, 1: 11_02}
    assert {row.signed_minor for row in trial_balance()} == {0}
    assert reversed_so_far(entry) == {0: 100_00, 1: 19_00}
    with pytest.raises(ReversalExceedsOriginal):
        back(entry, "refund:4", 1)
    assert list(flaws()) == []


def test_a_part_keeps_the_place_of_the_transfer_it_turns(in_aurora: Brand) -> None:
    """Where the first gives nothing back, the second is still the second: what went back is counted by place."""
    entry = sale(1, 100_00)
    assert parts(back(entry, "refund:1", 50_00)) == {1: 50_00}
    assert reversed_so_far(entry) == {1: 50_00}


def test_a_share_is_what_went_back_in_all(in_aurora: Brand) -> None:
    entry = sale(100)
    assert parts(back(entry, "a", up_to=Fraction(1, 3))) == {0: 33}
    assert parts(back(entry, "b", up_to=Fraction(2, 3))) == {0: 34}
    with pytest.raises(InvalidPosting):
        back(entry, "c", up_to=Fraction(2, 3))
    with pytest.raises(ReversalExceedsOriginal):
        back(entry, "c", up_to=Fraction(4, 3))
    assert parts(back(entry, "c", up_to=Fraction(1))) == {0: 33}


def test_money_that_moved_on_is_taken_from_where_it_is(in_aurora: Brand) -> None:
    entry = sale(100_00, 19_00)
    reverse(
        entry=entry, cause="dispute:1", description="Lost", at=AT, effective_at=AT,
        moved={chart.processor(): chart.bank()},
    )  # fmt: skip
    assert [balance(code, "EUR") for code in ("sales", "tax", "processor", "bank")] == [0, 0, 119_00, -119_00]


def test_a_reversal_that_is_reversed_gives_its_room_back(in_aurora: Brand) -> None:
    entry = sale(100_00, 19_00)
    first = back(entry, "refund:1", 60_00)
    failed = back(first, "refund:1:failed")
    assert (parts(failed), reversed_so_far(entry)) == (parts(first), {0: 0, 1: 0})
    assert (balance("sales", "EUR"), balance("processor", "EUR")) == (100_00, 119_00)
    with pytest.raises(InvalidPosting):
        back(first, "refund:1:failed again")
    assert parts(back(entry, "refund:2")) == {0: 100_00, 1: 19_00}
    with pytest.raises(InvalidPosting):  # or 160 of the sale's 119 would have gone back
        back(failed, "refund:1:failed:again")


def test_the_same_cause_is_the_same_reversal(in_aurora: Brand) -> None:
    entry, other = sale(100_00, 19_00), sale(5, cause="charge:2:captured")
    first = back(entry, "refund:1", 60_00)
    assert back(entry, "refund:1", 60_00).pk == first.pk
    for again in ((entry, 60_01), (other, None), (other, 5)):
        with pytest.raises(CauseReused):
            back(again[0], "refund:1", again[1])
    assert sum(reversed_so_far(entry).values()) == 60_00


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_not_turned_round(in_aurora: Brand, amount: int) -> None:
    with pytest.raises(InvalidPosting):
        back(sale(100), "refund:1", amount)


def test_several_currencies_go_back_wholly_or_not(in_aurora: Brand) -> None:
    entry = post(
        cause="two", description="", effective_at=AT, at=AT,
        transfers=[Posting(chart.processor(), chart.sales(), 5, currency) for currency in ("EUR", "KRW")],
    )  # fmt: skip
    with pytest.raises(InvalidPosting):
        back(entry, "part", 5)
    assert parts(back(entry, "all")) == {0: 5, 1: 5}


def test_simultaneous_reversals_never_exceed_the_original(own_database: str) -> None:
    brand, gate, seen = brand_named("Aurora"), Barrier(8), []
    with brand_entered(brand):
        entry = sale(1000, 190)

    def race(number: int) -> None:
        with brand_entered(brand):
            gate.wait()
            try:
                seen.append(sum(parts(back(entry, f"refund:{number}", 300)).values()))
            except ReversalExceedsOriginal:
                seen.append(0)
        connection.close()

    threads = [Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(seen) == [0, 0, 0, 0, 0, 300, 300, 300]
    with brand_entered(brand):
        assert sum(reversed_so_far(entry).values()) == 900
        assert balance("processor", "EUR") == 290


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5), st.lists(st.integers(1, 10**6), max_size=12))
def test_no_transfer_gives_back_more_than_it_moved(booked: list[int], amounts: list[int]) -> None:
    whole, gone = dict(enumerate(booked)), dict.fromkeys(range(len(booked)), 0)
    for wanted in [*amounts, sum(booked)]:
        amount = min(wanted, sum(booked) - sum(gone.values()))
        if not amount:
            break
        now = reversal_parts(amount, booked=whole, gone=gone)
        assert sum(now.values()) == amount
        assert min(now.values()) >= 0
        gone = {position: gone[position] + now[position] for position in whole}
        exact = {p: Fraction(sum(gone.values()) * whole[p], sum(booked)) for p in whole}
        assert all(abs(gone[p] - exact[p]) < 2 for p in whole)
        assert all(gone[p] <= whole[p] for p in whole)
    assert sum(gone.values()) <= sum(booked)


def test_more_than_is_left_has_no_parts() -> None:
    with pytest.raises(ValueError, match="more goes back"):
        reversal_parts(2, booked={0: 3}, gone={0: 2})


OTHER = AccountRef("other", AccountKind.ASSET)


class TestReversals(TestCase):
    """Whatever is turned round, in whatever order, and back again: books balance, nothing exceeds its original."""

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 1400), st.booleans()), max_size=8))
    @settings(max_examples=50)
    def test_trees_of_reversals_stay_within_their_originals(self, steps: list[tuple[int, int, bool]]) -> None:
        with brand_entered(brand_named("Aurora")):
            entries = [sale(1000, 190, 7)]
            for number, (which, amount, moves) in enumerate(steps):
                of = entries[which % len(entries)]
                try:
                    made = reverse(
                        entry=of, cause=f"r:{number}", description="", at=AT, effective_at=AT, amount_minor=amount,
                        moved={chart.processor(): OTHER} if moves else None,
                    )  # fmt: skip
                except (ReversalExceedsOriginal, InvalidPosting):
                    continue
                entries.append(made)
            for entry in entries:
                booked = parts(entry)
                assert all(0 <= gone <= booked[position] for position, gone in reversed_so_far(entry).items())
            assert sum(row.signed_minor for row in trial_balance()) == 0
            assert list(flaws()) == []
