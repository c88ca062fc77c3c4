"""Operators open a claim for a partner, write down what the other side says, and set the terms for claims."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.disputes.models import CreditDispute, DisputePolicy, Evidence
from tests.api.disputing import a_claim, drained, the_sale

Operators = Callable[..., Client]


@pytest.fixture
def claim(aurora: Brand, settings: Any, tmp_path: Path) -> CreditDispute:
    settings.MEDIA_ROOT = tmp_path
    with brand_entered(aurora):
        return a_claim()


def page_of(claim: CreditDispute) -> str:
    return f"/console/disputes/creditdispute/{claim.pk}/change/"


def test_a_claim_is_opened_in_the_console_and_its_mistakes_named(aurora: Brand, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    with brand_entered(aurora):
        order, omar = the_sale()
    form = {
        "order": f"#{order.number}", "enrollment": omar.public_id, "claimed": "1/3", "grounds": "other",
        "statement": "Omar called.", "links": "https://omar.example/\n",
    }  # fmt: skip
    wrong = operator.post("/console/new/claim", form | {"order": "#987654", "claimed": "most"})
    assert (wrong.status_code, "is no paid order of this brand" in wrong.content.decode()) == (422, True)
    assert operator.post("/console/new/claim", form).status_code == 302
    with brand_entered(aurora):
        drained()
        claim = CreditDispute.objects.get()
        assert (claim.claimed, claim.state, Evidence.objects.get().url) == ("1/3", "hearing", "https://omar.example/")
    shown = operator.get(page_of(claim)).content.decode()
    for said in ("Omar called.", "33.33%", "Frozen until it is decided", "Write down an answer for them"):
        assert said in shown, said


def test_an_answer_is_written_down_for_the_other_side(
    aurora: Brand, hanok: Brand, operator_of: Operators, claim: CreditDispute
) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    with brand_entered(aurora):
        party = claim.parties.get()
    verb = f"/console/verbs/claims/sides/{party.pk}/answer"
    for said, kept in (({"position": "maybe", "statement": "No."}, ""), ({"position": "contests"}, "")):
        operator.post(verb, said)
        with brand_entered(aurora):
            party.refresh_from_db()
            assert party.position == kept
    operator.post(verb, {"position": "contests", "statement": "No."})
    with brand_entered(aurora):
        party.refresh_from_db()
        assert (party.position, party.statement) == ("contests", "No.")
    assert operator_of(hanok, Role.ADMIN).post(verb).status_code == 404


def test_terms_are_set_in_versions_by_the_administrator(aurora: Brand, operator_of: Operators) -> None:
    admin = operator_of(aurora, Role.ADMIN)
    form = {
        "claim_days": "30", "hearing_days": "7", "without_evidence": "rejected", "unheard": "accepted",
        "contested": "rejected",
    }  # fmt: skip
    assert admin.post("/console/claims/terms", form | {"claim_days": "99999"}).status_code == 422
    assert admin.post("/console/claims/terms", form).status_code == 302
    with brand_entered(aurora):
        assert DisputePolicy.objects.get().terms["claim_days"] == 30
    assert 'value="30"' in admin.get("/console/claims/terms").content.decode()


def test_each_form_asks_its_policy(aurora: Brand, operator_of: Operators) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    for path in ("/console/claims/terms", "/console/new/claim"):
        assert finance.get(path).status_code == 403


def test_the_list_costs_the_same_for_one_and_three(aurora: Brand, operator_of: Operators, claim: CreditDispute) -> None:
    operator, path, counts = operator_of(aurora, Role.OPERATIONS), "/console/disputes/creditdispute/", []
    operator.get(path)
    for turn in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(path).status_code == 200
        counts.append(len([each for each in queries if "set_config" not in each["sql"]]))
        with brand_entered(aurora):
            for number in range(2):
                claim.pk, claim.public_id, claim.state = None, f"crd_{turn}{number}", "withdrawn"
                claim._state.adding = True
                claim.save()
    assert counts[0] == counts[1]
