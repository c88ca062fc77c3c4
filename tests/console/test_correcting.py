"""Corrections, adjustments and write-offs in the console: seen, confirmed by what is typed, by two persons."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.models import Adjustment, Correction, CreditNote, Statement
from tests.settlements.books import JUNE, MAY, clawed_back, earned, enrolled
from tests.settlements.test_actions import issued, taxed

Operators = Callable[..., Client]


@pytest.fixture
def statement(aurora: Brand) -> Statement:
    with brand_entered(aurora):
        deal = enrolled(aurora)
        earned(deal, 1000, MAY)
        statement: Statement = issued("2026-05", JUNE).statements.get()
        taxed(aurora, deal.partner_ref, vat_id="DE136695976")
    return statement


def test_a_statement_is_corrected_by_two_who_see_what_changes(
    aurora: Brand, operator_of: Operators, statement: Statement
) -> None:
    first = operator_of(aurora, Role.FINANCE)
    second = operator_of(aurora, Role.FINANCE, email="ben@example.com")
    page = f"/console/settlements/statement/{statement.pk}/change/"
    told = first.get(page).content.decode()
    for shown in ("VAT number of the partner", "DE136695976", "€1.90", "Propose the correction"):
        assert shown in told
    settlement, period = statement.settlement_id, statement.settlement.period_id
    shown = first.get(f"/console/settlements/period/{period}/change/").content.decode()
    assert "Corrections of statements" in shown
    assert page in first.get(f"/console/settlements/settlement/{settlement}/change/").content.decode()
    first.post(f"/console/verbs/statements/{statement.pk}/correct", {"reason": "VAT number"})
    with brand_entered(aurora):
        correction = Correction.objects.get()
    approve = f"/console/verbs/corrections/{correction.pk}/approve"
    second.post(approve, {"typed": "yes"})
    first.post(approve, {"typed": statement.number})  # the same person
    operator_of(aurora, Role.OPERATIONS, email="ops@example.com").post(approve, {"typed": statement.number})
    with brand_entered(aurora):
        assert CreditNote.objects.count() == 0
    assert "waiting for a second person" in second.get(page).content.decode()
    second.post(approve, {"typed": statement.number})
    told = second.get(page).content.decode()
    assert "has taken the place of this statement" in told
    assert "CN-2026-000001" in told
    with brand_entered(aurora):
        note = CreditNote.objects.get()
    assert "CN-2026-000001" in second.get(f"/console/settlements/creditnote/{note.pk}/change/").content.decode()
    for kind, start in (("html", b"<!doctype"), ("csv", b"kind,")):
        assert second.get(f"/console/credit-notes/{note.pk}.{kind}").content.startswith(start)
    assert second.get(f"/console/credit-notes/{note.pk}.exe").status_code == 404


def test_a_debt_is_written_off_by_typing_its_amount(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        deal = enrolled(aurora)
        clawed_back(earned(deal, 0, MAY), 700, MAY)
    first = operator_of(aurora, Role.FINANCE)
    second = operator_of(aurora, Role.FINANCE, email="ben@example.com")
    said: dict[str, Any] = {
        "partner": deal.partner_ref, "what": "write_off", "currency": "EUR", "amount": "", "reason": "Left",
    }  # fmt: skip
    assert "Nordlicht Media" in first.get("/console/new/adjustment").content.decode()
    assert first.post("/console/new/adjustment", said).status_code == 422  # not confirmed
    refused = first.post("/console/new/adjustment", said | {"confirmed": "on"})
    assert "has not left" in refused.content.decode()
    with brand_entered(aurora):
        Enrollment.objects.update(state="ended")
    made = first.post("/console/new/adjustment", said | {"confirmed": "on"})
    assert made.status_code == 302
    with brand_entered(aurora):
        adjustment = Adjustment.objects.get()
    told = second.get(made["Location"]).content.decode()
    assert re.search(r'placeholder="7\.00"', told)
    approve = f"/console/verbs/adjustments/{adjustment.pk}/approve"
    second.post(approve, {"typed": "700"})
    first.post(approve, {"typed": "7.00"})
    with brand_entered(aurora):
        assert Adjustment.objects.get().state == "proposed"
    second.post(approve, {"typed": "7.00"})
    with brand_entered(aurora):
        assert Adjustment.objects.get().state == "approved"
    assert "Approve and book" not in second.get(made["Location"]).content.decode()


def test_what_another_brand_has_is_not_there(aurora: Brand, operator_of: Operators, hanok: Brand) -> None:
    with brand_entered(aurora):
        enrolled(aurora)
    foreign = operator_of(hanok, Role.ADMIN)
    for path in ("adjustments/1/approve", "adjustments/1/decline", "statements/1/correct", "corrections/1/approve"):
        assert foreign.post(f"/console/verbs/{path}", {"typed": "x", "reason": "x"}).status_code == 404
    assert foreign.get("/console/credit-notes/1.pdf").status_code == 404
    assert "Nordlicht" not in foreign.get("/console/new/adjustment").content.decode()
