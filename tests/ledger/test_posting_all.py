"""Booking many causes at once is booking each: the same rows, once, all or none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kernel.actor import system
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Booking, Posting, close_books, post, post_all
from tenant_apps.ledger.errors import CauseReused, InvalidPosting
from tenant_apps.ledger.models import Entry, Transfer
from tenant_apps.ledger.queries import flaws

FACT = datetime(2026, 3, 31, 21, tzinfo=UTC)
APRIL = datetime(2026, 3, 31, 22, tzinfo=UTC)  # midnight in Berlin
LATER = datetime(2026, 4, 2, 9, 30, 1, 17, tzinfo=UTC)


def booking(number: int, amount: int = 100, **other: Any) -> Booking:
    facts: dict[str, Any] = {
        "cause": f"charge:{number}:captured", "description": f"Charge {number} " + "long " * 60,
        "transfers": (
            Posting(chart.processor(), chart.sales(), amount + number, "EUR"),
            Posting(chart.processor(), chart.tax(), 19, ("EUR", "KRW")[number % 2]),
        ),
        "belongs_to": FACT + timedelta(hours=number),
    }  # fmt: skip
    return Booking(**facts | other)


def one_by_one(bookings: list[Booking]) -> None:
    for each in bookings:
        post(
            cause=each.cause, description=each.description, transfers=each.transfers, belongs_to=each.belongs_to,
            at=LATER,
        )  # fmt: skip


def rows() -> list[Any]:
    entries = Entry.objects.order_by("pk").values_list(
        "cause", "request_hash", "description", "booked_at", "effective_at", "belongs_to", "reverses"
    )
    transfers = Transfer.objects.order_by("pk").values_list(
        "entry__cause", "position", "debit__code", "credit__code", "amount_minor", "currency"
    )
    return [list(entries), list(transfers)]


@pytest.mark.parametrize("books_closed", [False, True])
def test_many_are_each(in_aurora: Any, books_closed: bool) -> None:
    if books_closed:
        close_books(until=APRIL, actor=system("tests"), at=LATER)
    bookings = [booking(number) for number in range(5)]
    one_by_one(bookings[3:4])  # one of them is booked already
    with transaction.atomic():
        one_by_one(bookings)
        expected = rows()
        transaction.set_rollback(True)
    assert post_all(bookings=bookings, at=LATER) == 4
    assert rows() == expected
    assert post_all(bookings=bookings, at=LATER + timedelta(days=1)) == 0
    assert rows() == expected
    assert list(flaws()) == []


def test_one_that_differs_or_moves_nothing_stops_all(in_aurora: Any) -> None:
    post_all(bookings=[booking(1)], at=LATER)
    before = rows()
    wrong = [
        (CauseReused, [booking(2), booking(1, amount=5)]),
        (CauseReused, [booking(2), booking(2)]),
        (InvalidPosting, [booking(2), booking(3, transfers=())]),
    ]
    for error, bookings in wrong:
        with pytest.raises(error):
            post_all(bookings=bookings, at=LATER)
        assert rows() == before
    assert post_all(bookings=[], at=LATER) == 0


def test_many_take_as_many_statements_as_few(in_aurora: Any) -> None:
    def asked(first: int, many: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            post_all(bookings=[booking(first + number) for number in range(many)], at=LATER)
        return len(queries)

    asked(0, 4)  # opens the accounts
    assert asked(10, 2) == asked(20, 60)
