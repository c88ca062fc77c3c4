"""A closed period closes the books: nothing new is dated into it, and what comes late keeps its own date."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post
from tenant_apps.ledger.errors import ClosedPeriod
from tenant_apps.ledger.models import BooksClosed
from tenant_apps.ledger.queries import balance, entry_of_cause, open_since
from tenant_apps.settlements.actions import close_period
from tenant_apps.settlements.proof import mismatches
from tests.settlements.books import ANNA, BEN, JULY, JUNE, MAY, clawed_back, earned, enrolled
from tests.settlements.test_actions import issued

END_OF_MAY = datetime(2026, 5, 31, 22, tzinfo=UTC)  # midnight in Berlin
SALE = [Posting(chart.bank(), chart.sales(), 500, "EUR")]


def test_a_close_closes_the_books_until_the_end_of_its_period(in_aurora: Any) -> None:
    earned(enrolled(in_aurora), 1000, MAY)
    close_period(label="2026-05", actor=ANNA, at=JUNE)
    assert (open_since(), BooksClosed.objects.count()) == (END_OF_MAY, 1)
    with pytest.raises(ClosedPeriod):
        post(cause="s:1", description="s", transfers=SALE, effective_at=END_OF_MAY - timedelta(seconds=1), at=JUNE)
    assert entry_of_cause("s:1") is None
    first = post(cause="s:2", description="s", transfers=SALE, effective_at=END_OF_MAY, at=JUNE)
    late = post(cause="s:3", description="s", transfers=SALE, belongs_to=MAY, at=JUNE)
    assert [(each.effective_at, each.belongs_to) for each in (first, late)] == [(END_OF_MAY, None), (END_OF_MAY, MAY)]
    assert close_period(label="2026-05", actor=BEN, at=JULY).closed_by == ANNA.id
    assert BooksClosed.objects.count() == 1


def test_what_comes_late_is_booked_in_the_open_period_and_settled_with_it(in_aurora: Any) -> None:
    original = earned(enrolled(in_aurora), 1000, MAY)
    issued("2026-05", JUNE)
    clawback = clawed_back(original, 400, MAY + timedelta(days=1))  # told after the close
    entry = entry_of_cause(f"commission:{clawback.public_id}:clawed_back")
    assert entry is not None
    assert (entry.effective_at, entry.belongs_to) == (END_OF_MAY, MAY + timedelta(days=1))
    until = END_OF_MAY - timedelta(microseconds=1)
    assert balance(f"partner_payable:{original.partner_ref}", "EUR", until) == 1000
    june = issued("2026-06", JULY)
    assert (june.clawback_minor, june.closing_minor) == (-400, -400)
    assert list(mismatches()) == []
