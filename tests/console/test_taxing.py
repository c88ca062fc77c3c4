"""Rates of VAT and a partner's terms in the console: each mistake at its field, only for those who may."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.queries import partner_terms
from tenant_apps.settlements.models import VatRate
from tests.settlements.books import enrolled

Operators = Callable[..., Client]
RATE = {"country": "us", "rate": "5.5", "starts_on": "2026-01-01", "source": "Sales tax act"}
NEW, LIST = "/console/new/vat-rate", "/console/settlements/vatrate/"


def test_a_rate_is_said_and_ended_with_mistakes_at_their_fields(aurora: Brand, operator_of: Operators) -> None:
    finance, operations = operator_of(aurora, Role.FINANCE), operator_of(aurora, Role.OPERATIONS, email="o@example.com")
    assert operations.post(NEW, RATE).status_code == 403
    for wrong in ({"country": "1!"}, {"rate": "101"}, {"starts_on": "2023-01-01"}, {"source": ""}):
        refused = finance.post(NEW, RATE | wrong)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, list(wrong))
    assert finance.post(NEW, RATE).status_code == 302
    refused = finance.post(NEW, RATE | {"starts_on": "2026-05-01"})
    assert (refused.status_code, "end that first" in refused.text) == (422, True)
    with brand_entered(aurora):
        rate = VatRate.objects.get()
    end = f"/console/vat-rates/{rate.pk}/end"
    assert operations.post(end, {"ends_on": "2026-07-01", "confirmed": "on"}).status_code == 403
    assert list(finance.post(end, {"ends_on": "2026-07-01"}).context["form"].errors) == ["confirmed"]
    refused = finance.post(end, {"ends_on": "2025-07-01", "confirmed": "on"})
    assert list(refused.context["form"].errors) == ["ends_on"]
    assert "further notice" in finance.get(LIST).text
    assert finance.post(end, {"ends_on": "2026-07-01", "confirmed": "on"}).status_code == 302
    told = finance.get(LIST).text
    assert ("July 1, 2026" in told, "further notice" in told, end in told) == (True, False, False)


def test_the_list_asks_as_much_for_three_as_for_one(aurora: Brand, hanok: Brand, operator_of: Operators) -> None:
    finance, counts = operator_of(aurora, Role.FINANCE), []
    finance.get(LIST)
    for country in ("US", "CA", "AU"):
        finance.post(NEW, RATE | {"country": country})
        finance.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            finance.get(LIST)
        # Who answers at a host is looked up anew after some seconds: only what the list asks counts.
        counts.append(sum('"settlements_' in query["sql"] for query in queries))
    assert counts[0] == counts[2]
    assert "Sales tax act" not in operator_of(hanok, Role.FINANCE).get(LIST).text


def test_finance_sets_what_is_withheld_and_allows_netting(aurora: Brand, hanok: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        deal = enrolled(aurora)
    finance, operations = operator_of(aurora, Role.FINANCE), operator_of(aurora, Role.OPERATIONS, email="o@example.com")
    page = f"/console/enrollments/{deal.pk}/terms"
    said: dict[str, Any] = {"withholding": "12.5", "netting": "on", "confirmed": "on"}
    assert operations.post(page, said).status_code == 403
    assert operator_of(hanok, Role.FINANCE).post(page, said).status_code == 404
    for wrong in ({"withholding": "100"}, {"confirmed": ""}):
        assert list(finance.post(page, said | wrong).context["form"].errors) == list(wrong)
    assert finance.post(page, said).status_code == 302
    told = finance.get(f"/console/programs/enrollment/{deal.pk}/change/").text
    assert ("12.5%" in told, "allowed; the partner has not agreed" in told) == (True, True)
    assert 'value="12.5"' in finance.get(page).text
    terms = partner_terms(deal.partner_ref, aurora)
    assert terms is not None
    assert (str(terms.withholding_rate), terms.netting.allowed, terms.netting.in_force) == ("0.125000", True, False)
    with brand_entered(aurora):
        assert AuditEvent.objects.filter(verb="partner.terms_set").count() == 1
