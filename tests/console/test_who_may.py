"""Who is turned away in the console: each page and verb, asked by those whose role is not for it."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.console.urls import urlpatterns
from tests.rows import row

# What only some may, with the kind of row that its address names.
NOT_FINANCE = """
    verbs/orders.Order fulfil-order
    verbs/catalog.Offer publish-offer archive-offer
    verbs/commissions.Commission confirm-commission
    verbs/outbox.Delivery revive-delivery
    verbs/programs.ContractVersion propose-contract withdraw-contract
    verbs/programs.Enrollment pause-enrollment resume-enrollment end-enrollment
    verbs/disputes.CreditDispute open-dispute withdraw-dispute
    verbs/disputes.Party answer-claim
    verbs/attribution.Deal qualify-deal reject-deal extend-deal withdraw-deal
    verbs/attribution.DuplicateSuspicion one-sale two-sales
    verbs contract-preview
    pages/catalog.Offer new-price
    pages/programs.Enrollment recruiter new-contract new-link new-partner-site new-draft new-code
    pages new-offer new-partner new-site new-claim new-deal new-agent-entry confirm-in-bulk
"""
NOT_OPERATIONS = """
    verbs/commissions.Commission hold-commission release-commission cancel-commission price-commission
    verbs/settlements.Period approve-period
    verbs/settlements.Settlement approve request-payout
    verbs/settlements.Payout confirm-payout fail-payout return-payout
    verbs/settlements.Adjustment approve-adjustment decline-adjustment
    verbs/settlements.Statement propose-correction
    verbs/settlements.Correction approve-correction decline-correction
    verbs/settlements.PayoutBatch approve-batch send-batch withdraw-batch confirm-batch
    verbs/payments.InboundEvent retry-event dismiss-event
    verbs/reports.Simulation export-simulation
    verbs/disputes.CreditDispute decide-dispute
    verbs close-period request-export
    pages/orders.Order new-outside-refund
    pages/programs.Enrollment partner-terms new-line
    pages/settlements.VatRate end-vat-rate
    pages/settlements.PayoutBatch batch-file
    pages/reports.Export export-file
    pages preview-close report-csv trial-balance trial-balance-csv
    pages new-exchange-rate price-in-bulk change-cadence new-set-off new-adjustment new-vat-rate
    pages paying-account new-batch
"""
ONLY_ADMIN = """
    pages/programs.Program paper-rule new-override
    pages payment-account claim-terms new-policy
"""
REFUSED = {NOT_FINANCE: [Role.FINANCE], NOT_OPERATIONS: [Role.OPERATIONS], ONLY_ADMIN: [Role.FINANCE, Role.OPERATIONS]}
# What every operator may, or where the action asks about the thing itself.
EVERYBODY = {
    "refund-order", "statement", "credit-note", "statement-printing", "credit-note-proof", "contract", "edit-contract",
    "evidence", "reports", "export-progress", "new-import", "start-import", "drop-import",
    "import-progress", "simulate", "simulation-progress", "cancel-simulation",
}  # fmt: skip


def named(table: str) -> list[tuple[bool, str, str]]:
    """Return each line's pages: whether it is a verb, of which kind of row, its name."""
    found = []
    for kind, *names in (line.split() for line in table.split("\n") if line.strip()):
        what, _, label = kind.partition("/")
        found += [(what == "verbs", label, name) for name in names]
    return found


def test_every_page_says_whom_it_turns_away() -> None:
    told = [name for table in REFUSED for _, _, name in named(table)] + list(EVERYBODY)
    assert sorted(told) == sorted(
        str(each.name).removeprefix("console-") for each in urlpatterns if isinstance(each, URLPattern)
    )


@pytest.mark.parametrize("table", REFUSED, ids=["finance", "operations", "all but admins"])
def test_who_may_not_is_turned_away_and_nothing_happens(
    aurora: Brand, operator_of: Callable[..., Client], table: str
) -> None:
    askers = [operator_of(aurora, role, email=f"{role}@example.com") for role in REFUSED[table]]
    with transaction.atomic():
        passed = [name for is_verb, label, name in named(table) if not is_refused(aurora, askers, is_verb, label, name)]
        # The rows stand for themselves: what they point at is not there.
        transaction.set_rollback(True)
    assert passed == []


def is_refused(brand: Brand, askers: list[Client], is_verb: bool, label: str, name: str) -> bool:
    """Return whether each asker is told 403, and it is written down that they tried."""
    with brand_entered(brand):
        asked = AuditEvent.objects.count()
        subject = row(label, {}) if label else None
        if subject is not None:
            subject.save(force_insert=True)
    address = address_of(name, subject.pk if subject else 0)
    answers = [(asker.post if is_verb else asker.get)(address).status_code for asker in askers]
    with brand_entered(brand):
        return answers == [403] * len(askers) and AuditEvent.objects.count() == asked + len(askers)


def address_of(name: str, pk: int) -> str:
    for told in ({"pk": pk}, {"label": "2026-02"}, {}):
        try:
            return reverse(f"console-{name}", urlconf="config.urls.brand", kwargs=told)
        except NoReverseMatch:
            continue
    raise AssertionError(name)
