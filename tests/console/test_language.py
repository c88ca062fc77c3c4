"""A console in Korean or Spanish says nothing in English: neither headings nor words, codes or names of the books."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from kernel.money import Money
from kernel.sentences import Sentence, sentence
from shared_apps.accounts.states import Role
from shared_apps.accounts.wording import reader_text
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Delivery, Message
from shared_apps.outbox.states import DeliveryState
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger.models import Account, Entry
from tenant_apps.programs.models import Enrollment
from tenant_apps.reports.models import Export
from tenant_apps.reports.states import ExportState
from tenant_apps.settlements.actions import make_batch
from tenant_apps.settlements.models import Payout
from tenant_apps.settlements.states import BatchMethod
from tests.api.paying import a_parked_event
from tests.reading import english_on
from tests.settlements.books import ANNA, JUNE
from tests.settlements.paying_out import payable, paying

Operators = Callable[..., Client]
NAMES = ("Partners", "Partner 0", "standard", "Photography course", "Anna", "Ben")
LISTS = (
    "programs/enrollment", "commissions/commission", "disputes/creditdispute", "settlements/period",
    "settlements/settlement", "settlements/payoutbatch", "settlements/adjustment", "ledger/account", "ledger/entry",
    "reports/export", "audit/auditevent", "payments/inboundevent", "payments/refund", "outbox/delivery",
    "attribution/attribution", "attribution/policy", "attribution/deal", "catalog/offer", "orders/order",
    "reports/simulation", "settlements/payout", "settlements/statement", "programs/contractversion",
)  # fmt: skip
FORMS = (
    "",
    "new/partner",
    "new/deal",
    "new/policy",
    "new/offer",
    "new/import",
    "claims/terms",
    "new/batch",
    "books/trial-balance/",
    "reports/owed/",
    "new/adjustment",
)


@pytest.fixture
def paths(aurora: Brand) -> list[str]:
    """A month that was settled and put into a batch, an export that failed, and the pages that tell of them."""
    with brand_entered(aurora):
        [settlement] = payable(aurora, 170_000)
        paying()
        make_batch(method=BatchMethod.SEPA, currency="EUR", actor=ANNA, at=JUNE)
        shown: list[Any] = [
            settlement, settlement.period, settlement.statements.get(), Payout.objects.get(), Account.objects.first(),
            Entry.objects.latest("pk"), Commission.objects.first(), AuditEvent.objects.latest("pk"), a_parked_event(),
            a_dead_delivery(), Enrollment.objects.first(), failed_export(),
        ]  # fmt: skip
        details = [f"{row._meta.label_lower.replace('.', '/')}/{row.pk}/change/" for row in shown]
    return [f"/console/{path}" for path in (*(f"{name}/" for name in LISTS), *FORMS, *details)]


def failed_export() -> Export:
    told = sentence("The file could not be written: %(failure)s", failure="ENOSPC")
    return Export.objects.create(
        kind="commissions", format="csv", state=ExportState.FAILED, requested_by="usr_anna",
        requested_by_label="Anna", requested_at=JUNE, finished_at=JUNE, failure=told,
    )  # fmt: skip


def a_dead_delivery() -> Delivery:
    message = Message.objects.create(name="order.paid", aggregate="ord_1", payload={}, published_at=JUNE)
    told = sentence("Order #%(number)s is not paid yet.", number=7)
    return Delivery.objects.create(
        message=message, handler="tests.a_handler", aggregate="ord_1", state=DeliveryState.DEAD, due_at=JUNE, error=told
    )


def test_nothing_on_pages_of_another_language_is_english(
    aurora: Brand, operator_of: Operators, paths: list[str]
) -> None:
    finance, english, said = operator_of(aurora, Role.ADMIN), {}, {}
    for language in ("ko", "es"):
        for path in paths:
            answer = finance.get(path, headers={"Accept-Language": language})
            assert (answer.status_code, answer["Content-Language"]) == (200, language), path
            english[language, path] = english_on(answer.content.decode(), aurora.name, *NAMES, language=language)
            said[language] = answer.content.decode()
    assert {path: found for path, found in english.items() if found} == {}
    assert "파일을 쓰지 못했습니다: ENOSPC" in said["ko"]
    assert "ENOSPC" in said["es"]


def test_the_root_of_an_address_leads_to_the_menus_first_page_below_it(aurora: Brand, operator_of: Operators) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    assert finance.get("/console/reports/")["Location"] == "/console/reports/owed/"
    assert finance.get("/console/ledger/")["Location"] == "/console/ledger/account/"
    assert finance.get("/console/outbox/")["Location"] == "/console/outbox/delivery/"


def test_what_a_job_was_refused_with_keeps_its_facts(aurora: Brand) -> None:
    inner = sentence("must be from 1 to %(most)s", most=9)
    told = sentence("%(failure)s of %(amount)s on %(day)s", failure=inner, amount=Money(1200, "EUR"), day=JUNE.date())
    with brand_entered(aurora):
        export = failed_export()
        Export.objects.filter(pk=export.pk).update(failure=told)
        kept = Export.objects.get(pk=export.pk).failure
        Export.objects.filter(pk=export.pk).update(failure="A bare text.")
        assert Export.objects.get(pk=export.pk).failure == "A bare text."
    assert isinstance(kept, Sentence)
    assert (kept, kept.facts) == (told, told.facts)
    with translation.override("es"):
        assert reader_text(kept) == "debe ser de 1 a 9 of 12,00\xa0€ on 12 de junio de 2026"
