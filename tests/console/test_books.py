"""The trial balance in the console: of a day, equal on both sides, as a page and as CSV; for who may see the books."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.audit.actions import seal_record
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.console.queries import books
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post, seal_books, write_checkpoints
from tenant_apps.ledger.models import Account, Checkpoint, Transfer
from tests.ledger.test_posting import AT, captured
from tests.settlements.books import enrolled

PAGE = "/console/books/trial-balance/"
Operators = Callable[..., Client]


def accrued(brand: Brand, *numbers: int) -> None:
    for number in numbers:
        partner = enrolled(brand, f"Partner {number}").partner_ref
        post(
            cause=f"commission:{number}:accrued", description="Commission",
            transfers=[Posting(chart.commission_expense(), chart.partner_pending(partner), 500, "EUR")],
            effective_at=AT, at=AT,
        )  # fmt: skip


def test_the_page_names_accounts_and_sums_both_sides(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        captured()
        accrued(aurora, 1)
        [books], [record] = seal_books(at=AT), seal_record(at=AT)
    page = operator_of(aurora, Role.FINANCE).get(PAGE).content.decode()
    for said in ("Pending commission · Partner 1", "€119.00", "€124.00", "Debits and credits are equal.", books.root,
                 record.root):  # fmt: skip
        assert said in page, said


def test_a_day_ends_with_it_at_the_brand(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        late = datetime.fromisoformat("2026-05-31T22:00:00Z")  # June already, in Berlin
        post(
            cause="charge:late:captured", description="Charge", effective_at=late, at=late,
            transfers=[Posting(chart.processor(), chart.sales(), 700, "EUR")],
        )  # fmt: skip
    finance = operator_of(aurora, Role.FINANCE)
    assert "Nothing was booked until then." in finance.get(PAGE, {"on": "2026-05-31"}).content.decode()
    assert "€7.00" in finance.get(PAGE, {"on": "2026-06-01"}).content.decode()
    csv = finance.get("/console/books/trial-balance.csv", {"on": "2026-06-01"})
    assert csv.content.decode("utf-8-sig").splitlines() == [
        "account,kind,currency,debit,credit,balance", "processor,asset,EUR,7.00,0.00,7.00",
        "sales,revenue,EUR,0.00,7.00,7.00",
    ]  # fmt: skip


def test_a_wrong_day_is_said(aurora: Brand, operator_of: Operators) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    for day in ("May", "9999-12-31", "2026-02-30"):
        answer = finance.get(PAGE, {"on": day})
        assert (answer.status_code, "is no day that books were kept" in answer.content.decode()) == (422, True)
        assert finance.get("/console/books/trial-balance.csv", {"on": day}).status_code == 422


def test_only_who_may_see_the_books(aurora: Brand, operator_of: Operators) -> None:
    operations = operator_of(aurora, Role.OPERATIONS)
    assert operations.get(PAGE).status_code == operations.get("/console/books/trial-balance.csv").status_code == 403


def test_three_accounts_ask_as_often_as_one(aurora: Brand, operator_of: Operators) -> None:
    finance, asked = operator_of(aurora, Role.FINANCE), []
    finance.get(PAGE)
    for numbers in ([1], [2, 3]):
        with brand_entered(aurora):
            accrued(aurora, *numbers)
        with CaptureQueriesContext(connection) as queries:
            finance.get(PAGE)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_accounts_pages_read_from_its_checkpoint_on(
    aurora: Brand, operator_of: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    with brand_entered(aurora):
        for number in range(3):
            captured(f"charge:{number}:captured", [Posting(chart.processor(), chart.sales(), 1000, "EUR")])
        write_checkpoints(at=AT, least_new=1)
        captured("charge:3:captured", [Posting(chart.sales(), chart.processor(), 1, "EUR")])
        sales = Account.objects.get(code="sales")
        # Whatever stood before the checkpoint is not read again: an account whose life were summed would say €0.
        Checkpoint.objects.create(
            account=sales, up_to_transfer_id=Transfer.objects.latest("pk").pk, debit_minor=1, credit_minor=7_001,
            written_at=AT,
        )  # fmt: skip
    finance = operator_of(aurora, Role.FINANCE)
    assert "€70.00" in finance.get("/console/ledger/account/").text
    monkeypatch.setattr(books, "ON_A_PAGE", 3)
    page = finance.get(f"/console/ledger/account/{sales.pk}/change/").text
    for said in ("€70.00", "€0.01", "€70.01", "€60.01", "charge:1:captured", "Older"):
        assert said in page, said
    assert "charge:0:captured" not in page
    older = re.search(r'href="(\?before=[0-9]+)"', page)
    assert older
    rest = finance.get(f"/console/ledger/account/{sales.pk}/change/{older[1]}").text
    assert ("charge:0:captured" in rest, "charge:1:captured" in rest, "Newest" in rest) == (True, False, True)
    assert finance.get(f"/console/ledger/account/{sales.pk}/change/?before=x").status_code == 200
