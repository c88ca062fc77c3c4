"""A period that a change of cadence cut short is called by its own days wherever it is named."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from kernel.periods import Cadence
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.draining import drain_schema
from tenant_apps.ledger.models import Entry
from tenant_apps.settlements.actions import approve, change_cadence, close_period, issue_statement
from tenant_apps.settlements.documents import html_of
from tenant_apps.settlements.models import Statement
from tests.api.conftest import operator_of
from tests.portal.test_pages import queries_of
from tests.portal.visiting import PARTNERS, Browser, at
from tests.settlements.books import ANNA, BEN, BORN, JUNE, clawed_back, earned, enrolled

__all__ = ["operator_of"]
SHORT, WHOLE, NEXT = "May 1 – 3, 2026", "Apr 27 – May 3, 2026", "May 4 – 10, 2026"


def closed(label: str) -> list[Statement]:
    period = close_period(label=label, actor=ANNA, at=JUNE)
    statements = [
        issue_statement(settlement=approve(settlement=each, actor=BEN, at=JUNE), at=JUNE)
        for each in period.settlements.order_by("pk")
    ]
    while drain_schema():
        pass
    return statements


@pytest.fixture
def weekly(aurora: Brand, nord: Any) -> list[Statement]:
    """Months until April, weeks from Friday the first of May: the first week is three days and leaves debts."""
    with brand_entered(aurora):
        sued = enrolled(aurora, "Sued Media", negative="reset")
        change_cadence(cadence=Cadence.WEEK, starts_on=date(2026, 5, 1), actor=ANNA, at=BORN)
        second, fifth = (datetime(2026, 5, day, 10, tzinfo=UTC) for day in (2, 5))
        for deal in (nord, sued):
            clawed_back(earned(deal, 1000, second), 1700, second)
        first = closed("2026-W18")
        earned(nord, 9000, fifth)
        return [*first, *closed("2026-W19")]


def plain(text: str) -> str:
    return text.replace("\u2009", " ")


def test_partners_read_its_days_on_every_page_and_paper(
    ann: Browser, inside: Browser, aurora: Brand, weekly: list[Statement]
) -> None:
    for path in ("/", "/statement/?month=2026-05"):
        page = plain(ann.get(path, headers=PARTNERS).text)
        assert (page.count(SHORT), page.count(NEXT), WHOLE in page) == (1, 1, False), path
    paper = ann.get("/statement.pdf?month=2026-05", headers=PARTNERS).getvalue()
    text = " ".join(plain(PdfReader(io.BytesIO(paper)).pages[0].extract_text()).split())
    assert (SHORT in text, NEXT in text, "W18" in text) == (True, True, False)
    shown = plain(html_of(weekly[-1].snapshot))
    assert f"what statement {weekly[0].number} ({SHORT}) carried forward" in shown


def test_partners_expect_its_lines_in_its_days(inside: Browser, nord: Any, aurora: Brand) -> None:
    with brand_entered(aurora):
        change_cadence(cadence=Cadence.WEEK, starts_on=date(2090, 6, 1), actor=ANNA, at=BORN)
        late = datetime(2090, 6, 2, 10, tzinfo=UTC)
        earned(nord, 1000, late, state="confirmed", payable_at=None)
    page = plain(inside.get("/portal/", headers=at(aurora)).text)
    for shown in ("Jun 1 – 4, 2090", "June 4, 2090"):
        assert shown in page


def test_operators_read_its_days_in_the_filter_and_in_the_books(
    aurora: Brand, weekly: list[Statement], operator_of: Any
) -> None:
    finance: Client = operator_of(aurora, Role.FINANCE)
    path = "/console/settlements/settlement/"
    listed = plain(finance.get(path).content.decode())
    assert f'title="{SHORT}"' in listed
    assert WHOLE not in listed
    with brand_entered(aurora):
        entry = Entry.objects.get(cause__endswith=":reset")
    booked = plain(finance.get(f"/console/ledger/entry/{entry.pk}/change/").content.decode())
    assert f"written off, as the contract says · {SHORT}" in booked
    first = queries_of(finance, path, aurora)
    with brand_entered(aurora):
        for label in ("2026-W20", "2026-W21"):
            closed(label)
    assert queries_of(finance, path, aurora) == first
