"""What a partner may expect: lines that are not payable yet, in the period in which their hold ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenant_apps.settlements.actions import close_period
from tenant_apps.settlements.queries import forecast_of
from tests.settlements.books import ANNA, JUNE, MAY, earned, enrolled

END_OF_MAY = datetime(2026, 5, 31, 22, tzinfo=UTC)


def waiting(deal: Any, amount: int, until: datetime, state: str = "confirmed", **also: Any) -> None:
    earned(deal, amount, MAY, state=state, payable_at=None, matures_at=until, **also)


def told(deal: Any, at: datetime) -> list[tuple[str, str, str, int, int]]:
    return [(e.currency, e.state, e.label, e.amount_minor, e.lines) for e in forecast_of(deal.partner_ref, at)]


def test_lines_are_expected_in_the_period_in_which_their_hold_ends(in_aurora: Any) -> None:
    nord, other = enrolled(in_aurora), enrolled(in_aurora, "Studio Sur")
    waiting(nord, 100, END_OF_MAY - timedelta(seconds=1))
    waiting(nord, 20, END_OF_MAY)
    waiting(nord, 3, END_OF_MAY + timedelta(days=3))
    waiting(nord, 50, JUNE, "pending")
    waiting(nord, 7, MAY, "hold", held_for="manual")
    waiting(nord, 900, JUNE, currency="KRW")
    earned(nord, 4000, MAY)  # payable already
    waiting(other, 1, JUNE)
    assert told(nord, MAY) == [
        ("EUR", "confirmed", "2026-05", 100, 1), ("EUR", "confirmed", "2026-06", 23, 2),
        ("EUR", "pending", "2026-06", 50, 1), ("EUR", "hold", "", 7, 1), ("KRW", "confirmed", "2026-06", 900, 1),
    ]  # fmt: skip
    assert [each.closes_at for each in forecast_of(other.partner_ref, MAY)] == [datetime(2026, 6, 30, 22, tzinfo=UTC)]


def test_what_is_overdue_is_expected_in_the_open_period(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 4000, MAY)
    close_period(label="2026-05", actor=ANNA, at=JUNE)
    waiting(nord, 50, MAY, "pending")  # its delivery is late
    assert told(nord, END_OF_MAY - timedelta(days=1)) == [("EUR", "pending", "2026-06", 50, 1)]
    assert told(nord, JUNE) == [("EUR", "pending", "2026-06", 50, 1)]


def test_a_forecast_asks_as_often_for_many_lines_as_for_one(in_aurora: Any) -> None:
    nord, asked = enrolled(in_aurora), []
    for day in range(3):
        waiting(nord, 10, MAY + timedelta(days=40 * day))
        with CaptureQueriesContext(connection) as queries:
            assert len(told(nord, MAY)) == day + 1
        asked.append(len(queries))
    assert len(set(asked)) == 1
