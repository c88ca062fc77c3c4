"""Checkpoints are caches: with or without them every balance is the same, and a wrong one is named."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from config.schedule import JOBS
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, write_checkpoints
from tenant_apps.ledger.errors import BooksBusy
from tenant_apps.ledger.models import Account, Checkpoint
from tenant_apps.ledger.queries import account_history, balance, flaws, trial_balance
from tenant_apps.ledger.tasks import checkpoint_everywhere
from tests.conftest import brand_named
from tests.ledger.test_posting import captured
from tests.ledger.test_proof import told
from tests.ledger.test_sealing import booking_elsewhere, by_owner

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def moved(number: int, amount: int, *, back: bool = False) -> None:
    sides = (chart.sales(), chart.processor()) if back else (chart.processor(), chart.sales())
    captured(f"charge:{number}:captured", [Posting(*sides, amount, "EUR")])


def written(least_new: int = 1) -> int:
    return write_checkpoints(at=AT, least_new=least_new)


def test_only_accounts_that_moved_enough_get_one(in_aurora: Brand) -> None:
    assert written() == 0
    moved(1, 100)
    assert (written(least_new=2), written(), written()) == (0, 2, 0)
    moved(2, 50, back=True)
    assert written() == 2
    assert list(Checkpoint.objects.order_by("pk").values_list("account__code", "debit_minor", "credit_minor")) == [
        ("processor", 100, 0), ("sales", 0, 100), ("processor", 100, 50), ("sales", 50, 100),
    ]  # fmt: skip


def test_a_balance_is_the_checkpoint_and_what_came_since(in_aurora: Brand) -> None:
    for number in range(5):
        moved(number, 10)
    written()
    moved(9, 3, back=True)
    with CaptureQueriesContext(connection) as queries:
        assert balance("sales", "EUR") == 47
    assert sum("ledger_checkpoint" in query["sql"] and "ledger_transfer" in query["sql"] for query in queries) == 1
    history = account_history(Account.objects.get(code="sales"), limit=3)
    assert [(line.amount_minor, line.balance_minor) for line in history] == [(-3, 47), (10, 50), (10, 40)]
    rest = account_history(Account.objects.get(code="sales"), before_id=history[-1].transfer_id)
    assert [line.balance_minor for line in rest] == [30, 20, 10]


def test_what_is_in_flight_is_waited_for(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        captured()
        with booking_elsewhere(brand) as finish:
            captured("charge:quick:captured")
            with pytest.raises(BooksBusy):
                write_checkpoints(at=AT, patience=0.3, least_new=1)
            finish()
        assert written() == 3
        assert (balance("sales", "EUR"), list(flaws())) == (300_00, [])


def test_a_checkpoint_that_was_changed_is_named(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        moved(1, 100)
        written()
    by_owner(brand, "UPDATE ledger_checkpoint SET credit_minor = 90 WHERE credit_minor = 100")
    code, answer = told("verify", "--brand", "Aurora")
    assert (code, answer["brands"][0]["flaws"]) == (
        1,
        [
            {
                "check": "checkpoint", "where": "sales EUR",
                "message": "The checkpoint up to transfer 1 says 0 and 90, they are 0 and 100.",
            }
        ],
    )  # fmt: skip


def test_each_hour_busy_accounts_get_one() -> None:
    assert checkpoint_everywhere in JOBS


class TestBalances(TestCase):
    """Wherever checkpoints are written in a history, each balance is what its transfers sum to."""

    @given(st.lists(st.tuples(st.integers(1, 10**9), st.booleans(), st.booleans()), max_size=10))
    @settings(max_examples=50)
    def test_checkpoints_change_no_balance(self, steps: list[tuple[int, bool, bool]]) -> None:
        with brand_entered(brand_named("Aurora")), transaction.atomic():
            for number, (amount, back, write) in enumerate(steps):
                moved(number, amount, back=back)
                if write:
                    written()
            summed = {row.code: row.balance_minor for row in trial_balance()}
            assert {code: balance(code, "EUR") for code in summed} == summed
            assert list(flaws()) == []
