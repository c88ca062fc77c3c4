"""Examples of what is corrected, adjusted and written off, and of rates of VAT."""

from collections.abc import Callable
from datetime import date
from typing import Any

from shared_apps.audit.actions import seal_record
from shared_apps.brands.entering import entered_brand
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import Adjustment, Correction, CreditNote, Statement, VatRate
from tests.api.example import Example
from tests.api.settling import issued, listed, named
from tests.conftest import brand_named
from tests.settlements.books import ANNA, BEN, JUNE, MAY, clawed_back, earned, enrolled
from tests.settlements.test_actions import taxed
from tests.settlements.test_setting_off import owing


def outdated() -> Statement:
    statement = issued()
    taxed(entered_brand(), statement.settlement.partner_ref, vat_id="DE136695976")
    return statement


def proposed() -> Correction:
    return actions.propose_correction(statement=outdated(), reason="VAT number", actor=ANNA, at=JUNE)


def canceled() -> CreditNote:
    actions.approve_correction(correction=proposed(), actor=BEN, at=JUNE)
    return CreditNote.objects.get()


def sealed() -> CreditNote:
    note = canceled()
    seal_record(at=JUNE)
    return note


def indebted() -> str:
    deal = enrolled(entered_brand(), "onlyaurora")
    clawed_back(earned(deal, 0, MAY), 500, MAY)
    Enrollment.objects.filter(pk=deal.pk).update(state="ended")
    return deal.partner_ref


def adjusted() -> Adjustment:
    deal = enrolled(entered_brand(), "onlyaurora")
    return actions.propose_adjustment(
        partner_ref=deal.partner_ref, currency="EUR", amount_minor=100, reason="Fair", actor=ANNA, at=JUNE
    )


def may_be_set_off() -> str:
    """A partner to whom Aurora owes 100.00 EUR and who owes Hanok 30.00; the id of the partner."""
    return owing(entered_brand(), brand_named("Hanok"), name="onlyaurora")


def setting_off() -> Example:
    ref = may_be_set_off()
    body = {"partner": ref, "brand": brand_named("Hanok").public_id, "currency": "EUR", "reason": "May"}
    return Example("/set-offs", body=body, has_id=True, words=[ref], once=True)


def asking(path: str, partner: Callable[[], str], **more: Any) -> Callable[[], Example]:
    def example() -> Example:
        ref = partner()
        body = {"partner": ref, "currency": "EUR", "reason": "left"} | more
        return Example(path, body=body, has_id=True, words=[ref])

    return example


def expecting() -> Example:
    deal = enrolled(entered_brand(), "onlyaurora")
    earned(deal, 700, MAY, state="confirmed", payable_at=None)
    return Example(f"/partners/{deal.partner_ref}/forecast", has_id=True)


def rated() -> VatRate:
    return actions.say_vat_rate(
        country="DE", rate="0.19", starts_on=date(2026, 1, 1), source="onlyaurora", actor=ANNA, at=MAY
    )


def ending() -> Example:
    ref = rated().public_id
    return Example(f"/vat-rates/{ref}/end", {"ends_on": "2026-07-01"}, has_id=True, words=[ref], once=True)


RATE = {"country": "DE", "rate": "0.19", "starts_on": "2026-01-01", "source": "law"}
WHY = {"reason": "VAT number"}
EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /partners/{partner}/forecast": expecting,
    "GET /vat-rates": listed("/vat-rates", rated),
    "POST /vat-rates/{rate}/end": ending,
    "POST /vat-rates": lambda: Example("/vat-rates", body=RATE, once=True),
    "GET /statements/{statement}/difference": named("/statements/{}/difference", outdated),
    "POST /statements/{statement}/corrections": named("/statements/{}/corrections", outdated, body=WHY, once=True),
    "GET /corrections": listed("/corrections", proposed),
    "POST /corrections/{correction}/approve": named("/corrections/{}/approve", proposed, once=True),
    "POST /corrections/{correction}/decline": named("/corrections/{}/decline", proposed, body=WHY, once=True),
    "GET /credit-notes": listed("/credit-notes", canceled),
    "GET /credit-notes/{note}": named("/credit-notes/{}", canceled),
    "GET /credit-notes/{note}/pdf": named("/credit-notes/{}/pdf", canceled),
    "GET /credit-notes/{note}/csv": named("/credit-notes/{}/csv", canceled),
    "GET /credit-notes/{note}/proof": named("/credit-notes/{}/proof", sealed),
    "GET /adjustments": listed("/adjustments", adjusted),
    "POST /adjustments": asking("/adjustments", lambda: adjusted().partner_ref, amount_minor=-500),
    "POST /write-offs": asking("/write-offs", indebted),
    "GET /set-offs": lambda: Example("/set-offs", words=[may_be_set_off()]),
    "POST /set-offs": setting_off,
    "POST /adjustments/{adjustment}/approve": named("/adjustments/{}/approve", adjusted, once=True),
    "POST /adjustments/{adjustment}/decline": named("/adjustments/{}/decline", adjusted, body=WHY, once=True),
}
