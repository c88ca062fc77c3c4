"""Closed books: nothing gets an earlier date any more, what comes late keeps its own; nobody slips in between."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from kernel.actor import system
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, close_books, post, seal_books
from tenant_apps.ledger.errors import BooksBusy, CauseReused, ClosedPeriod, InvalidPosting, PeriodRuns
from tenant_apps.ledger.models import BooksClosed, Entry
from tenant_apps.ledger.queries import balance, flaws, open_since
from tests.conftest import brand_named

TESTS = system("tests")
FACT = datetime(2026, 3, 31, 21, tzinfo=UTC)
APRIL = datetime(2026, 3, 31, 22, tzinfo=UTC)  # midnight in Berlin
LATER = datetime(2026, 4, 2, 9, tzinfo=UTC)


def closed(until: datetime = APRIL, patience: float = 10.0) -> BooksClosed:
    return close_books(until=until, actor=TESTS, at=LATER, patience=patience)


def booked(cause: str, *, effective_at: datetime | None = None, belongs_to: datetime | None = None) -> Entry:
    return post(
        cause=cause, description="Charge", transfers=[Posting(chart.processor(), chart.sales(), 100, "EUR")],
        effective_at=effective_at, belongs_to=belongs_to, at=LATER,
    )  # fmt: skip


def test_a_closed_date_is_refused_and_its_first_instant_after_is_not(in_aurora: Brand) -> None:
    assert open_since() is None
    booked("before", effective_at=FACT)
    closed()
    assert open_since() == APRIL
    with pytest.raises(ClosedPeriod):
        booked("late", effective_at=APRIL - timedelta(microseconds=1))
    assert Entry.objects.count() == 1
    assert booked("open", effective_at=APRIL).effective_at == APRIL


def test_what_comes_late_is_booked_as_soon_as_open_and_keeps_its_date(in_aurora: Brand) -> None:
    closed()
    late, early = booked("late", belongs_to=FACT), booked("early", belongs_to=LATER)
    for entry in (late, early):
        entry.refresh_from_db()
    assert (late.effective_at, late.belongs_to, late.happened_at) == (APRIL, FACT, FACT)
    assert (early.effective_at, early.belongs_to, early.happened_at) == (LATER, None, LATER)
    told = booked("told", effective_at=LATER, belongs_to=FACT)
    assert (told.effective_at, told.belongs_to) == (LATER, FACT)
    assert (balance("sales", "EUR", at=APRIL - timedelta(seconds=1)), balance("sales", "EUR", at=APRIL)) == (0, 100)
    seal_books(at=LATER)
    assert list(flaws()) == []


def test_the_same_fact_before_and_after_the_close_is_one_entry(in_aurora: Brand) -> None:
    first = booked("charge:1", belongs_to=FACT)
    closed()
    again = booked("charge:1", belongs_to=FACT)
    assert (again.pk, again.effective_at, Entry.objects.count()) == (first.pk, FACT, 1)
    assert booked("charge:1", effective_at=FACT).pk == first.pk
    with pytest.raises(CauseReused):
        booked("charge:1", belongs_to=FACT + timedelta(seconds=1))


def test_books_close_forwards_only_and_never_ahead(in_aurora: Brand) -> None:
    first = closed()
    assert closed() == first
    assert closed(APRIL - timedelta(days=31)) == first
    assert closed(LATER).until == open_since() == LATER
    with pytest.raises(PeriodRuns):
        closed(LATER + timedelta(microseconds=1))
    assert (BooksClosed.objects.count(), AuditEvent.objects.filter(verb="books.closed").count()) == (2, 2)


def test_an_entry_has_a_date_and_none_before_its_fact(in_aurora: Brand) -> None:
    for dates in ({}, {"effective_at": FACT, "belongs_to": LATER}):
        with pytest.raises(InvalidPosting):
            booked("x", **dates)  # type: ignore[arg-type]
    assert Entry.objects.count() == 0


class Elsewhere:
    """Does something in a session of its own and holds its transaction open until told to end it."""

    def __init__(self, brand: Brand, deed: Callable[[], object]) -> None:
        self.done, self.go, self.failure = Event(), Event(), None
        self.thread = Thread(target=self._work, args=(brand, deed))
        self.thread.start()

    def _work(self, brand: Brand, deed: Callable[[], object]) -> None:
        try:
            with brand_entered(brand), transaction.atomic():
                deed()
                self.done.set()
                self.go.wait(20)
        except Exception as failure:  # noqa: BLE001  (told to the test)
            self.failure = failure
        finally:
            self.done.set()
            connection.close()

    def finish(self) -> BaseException | None:
        self.go.set()
        self.thread.join(30)
        assert not self.thread.is_alive()
        return self.failure


def test_the_close_waits_for_who_books(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        booked("opens the accounts", effective_at=FACT)
        slow = Elsewhere(brand, lambda: booked("slow", effective_at=FACT))
        assert slow.done.wait(20)
        with pytest.raises(BooksBusy):
            closed(patience=0.3)
        assert (slow.finish(), closed().until) == (None, APRIL)
        assert Entry.objects.filter(effective_at__lt=APRIL).count() == 2


def test_who_books_waits_for_the_close_and_sees_it(own_database: str) -> None:
    brand, answers = brand_named("Aurora"), []
    with brand_entered(brand):
        booked("opens the accounts", effective_at=FACT)
        closing = Elsewhere(brand, closed)
        assert closing.done.wait(20)
        strict = Elsewhere(brand, lambda: booked("strict", effective_at=FACT))
        late = Elsewhere(brand, lambda: answers.append(booked("late", belongs_to=FACT)))
        assert not strict.done.wait(0.5)
        assert not late.done.wait(0.1)
        assert closing.finish() is None
        assert isinstance(strict.finish(), ClosedPeriod)
        assert late.finish() is None
        assert [entry.effective_at for entry in answers] == [APRIL]


def test_nothing_slips_past_a_close_while_many_book(own_database: str) -> None:
    brand, stop, refused = brand_named("Aurora"), Event(), []

    def book(writer: int) -> None:
        with brand_entered(brand):
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    booked(f"{writer}:{number}", effective_at=FACT)
                except ClosedPeriod:
                    refused.append(writer)
                    break
        connection.close()

    with brand_entered(brand):
        booked("opens the accounts", effective_at=FACT)
        writers = [Thread(target=book, args=(number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        while Entry.objects.count() < 40:
            pass
        with transaction.atomic():
            closed()
            count = Entry.objects.count()
        for writer in writers:
            writer.join(20)
        stop.set()
        assert sorted(refused) == [0, 1, 2, 3]
        assert Entry.objects.count() == count
