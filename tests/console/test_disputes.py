"""Claims, reports and exports in the console: both sides beside the money, decided by a second person."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.queries import dispute_by_ref
from tenant_apps.reports.models import Export
from tests.api.disputing import a_claim, drained, submitted
from tests.disputes.claiming import standing
from tests.settlements.books import MAY, earned, enrolled

Operators = Callable[..., Client]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def the_claim(brand: Brand) -> CreditDispute:
    with brand_entered(brand):
        found = dispute_by_ref(a_claim().public_id)
        assert found is not None
        return found


def test_a_claim_is_read_beside_the_money_and_decided(aurora: Brand, operator_of: Operators) -> None:
    claim = the_claim(aurora)
    finance = operator_of(aurora, Role.FINANCE)
    address = f"/console/disputes/creditdispute/{claim.pk}/change/"
    page = finance.get(address).content.decode()
    for said in ("A rehearsal: nothing is booked.", "mail.txt", "told, has not spoken", "€5.00", "-€5.00"):
        assert said in page, said
    assert "Nobody loses" not in page
    verb = f"/console/verbs/credit-disputes/{claim.pk}/decide"
    wrong = {"granted": "1/2", "reason": "Yes.", "typed": "nope"}
    assert "to confirm" in finance.post(verb, wrong, follow=True).content.decode()
    finance.post(verb, wrong | {"typed": claim.public_id[-4:]})
    with brand_entered(aurora):
        drained()
        done = CreditDispute.objects.get()
        assert (done.state, done.outcome, done.closed_by_label) == ("decided", "accepted", "Op")
        assert standing(done.claimant) == 500
    assert "Decide the claim" not in finance.get(address).content.decode()


def test_a_submitted_claim_is_looked_at_and_opened_up(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        submitted()
        claim = CreditDispute.objects.get()
    address, verb = (f"/console/{path}" for path in (
        f"disputes/creditdispute/{claim.pk}/change/", f"verbs/credit-disputes/{claim.pk}/open"
    ))  # fmt: skip
    operations = operator_of(aurora, Role.OPERATIONS)
    page = operations.get(address).content.decode()
    assert ("Open the claim up" in page, "What granting it moves" in page, "Nobody loses" in page) == (
        True,
        False,
        False,
    )
    operations.post(verb)
    with brand_entered(aurora):
        drained()
        assert CreditDispute.objects.get().state == "hearing"
    assert "Open the claim up" not in operations.get(address).content.decode()


def test_operations_may_read_and_not_decide(aurora: Brand, operator_of: Operators) -> None:
    claim = the_claim(aurora)
    operations = operator_of(aurora, Role.OPERATIONS)
    page = operations.get(f"/console/disputes/creditdispute/{claim.pk}/change/").content.decode()
    assert "Decide the claim" not in page
    assert operations.post(f"/console/verbs/credit-disputes/{claim.pk}/decide", {"granted": "1"}).status_code == 403
    with brand_entered(aurora):
        assert CreditDispute.objects.get().state == "hearing"


def test_evidence_is_an_attachment(aurora: Brand, hanok: Brand, operator_of: Operators) -> None:
    claim = the_claim(aurora)
    with brand_entered(aurora):
        [piece] = claim.evidence.all()
    answer = operator_of(aurora, Role.FINANCE).get(f"/console/evidence/{piece.pk}")
    assert b"".join(answer.streaming_content) == b"I sent her to the shop."  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    assert operator_of(hanok, Role.ADMIN).get(f"/console/evidence/{piece.pk}").status_code == 404


def test_a_total_opens_to_its_parts_and_lines(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        deal = enrolled(aurora)
        earned(deal, 1_700, MAY)
        earned(deal, 0, MAY, reason="cap")
    finance = operator_of(aurora, Role.FINANCE)
    page = finance.get("/console/reports/owed/").content.decode()
    for said in ("€17.00", "Nordlicht Media", "cap", "Write the file", "0%",
                 f"by=state&amp;partner={deal.partner_ref}"):  # fmt: skip
        assert said in page, said
    assert "Nothing is owed" in finance.get("/console/reports/owed/?currency=USD").content.decode()
    wrong = finance.get("/console/reports/owed/?since=May")
    assert (wrong.status_code, "must be a day" in wrong.content.decode()) == (422, True)
    sheet = finance.get("/console/reports/owed.csv?by=partner").content.decode()
    assert f"{deal.partner_ref},Nordlicht Media,EUR,payable,1700,2" in sheet


def test_an_export_shows_how_far_it_is_and_is_taken(aurora: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        earned(enrolled(aurora), 1_700, now())
    finance = operator_of(aurora, Role.FINANCE)
    answer = finance.post("/console/verbs/exports/request", {"kind": "commissions", "format": "csv", "since": ""})
    with brand_entered(aurora):
        export = Export.objects.get()
    assert answer["Location"] == f"/console/reports/export/{export.pk}/change/"
    part = finance.get(f"/console/exports/{export.pk}/progress").content.decode()
    assert "0 of 1 rows" in part
    assert "hx-trigger" in part
    with brand_entered(aurora):
        drained()
    done = finance.get(f"/console/exports/{export.pk}/progress").content.decode()
    assert "1 of 1 rows" in done
    assert "hx-trigger" not in done
    file = finance.get(f"/console/exports/{export.pk}/file")
    assert b"Nordlicht Media" in b"".join(file.streaming_content)  # type: ignore[attr-defined]


def test_operations_take_no_files(aurora: Brand, operator_of: Operators) -> None:
    operations = operator_of(aurora, Role.OPERATIONS)
    assert operations.post("/console/verbs/exports/request", {"kind": "orders", "format": "csv"}).status_code == 403
    assert operations.get("/console/reports/owed.csv").status_code == 403
    with brand_entered(aurora):
        assert not Export.objects.exists()
