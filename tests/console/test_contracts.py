"""Operators write a version with its preview beside it, propose it, and look at what it changes."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.commissions.models import Commission
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.settlements.actions import close_period
from tests.programs.dealing import TEN, accepted, deal, terms
from tests.settlements.books import ANNA, JUNE, MAY, earned, enrolled

Operators = Callable[..., Client]


@pytest.fixture
def enrollment(aurora: Brand) -> Enrollment:
    with brand_entered(aurora):
        return deal()


def drafting(operator: Client, enrollment: Enrollment, document: Any) -> Any:
    text = document if isinstance(document, str) else json.dumps(document)
    return operator.post(f"/console/new/enrollments/{enrollment.pk}/draft", {"document": text})


def test_a_version_is_drafted_edited_and_proposed_by_its_name(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment
) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    assert drafting(operator, enrollment, terms()).status_code == 302
    with brand_entered(aurora):
        pk = ContractVersion.objects.get().pk
    edited = operator.post(f"/console/contracts/{pk}/edit", {"document": json.dumps(terms(hold_days=30))})
    assert edited.status_code == 302
    page = operator.get(f"/console/contracts/{pk}").content.decode()
    assert "10 % of the net price" in page
    assert "Payable 30 days after the sale" in page
    for typed, state in (("yes", "draft"), ("V1", "proposed")):
        operator.post(f"/console/verbs/contracts/{pk}/propose", {"confirmed": typed})
        with brand_entered(aurora):
            assert ContractVersion.objects.get().state == state
    assert operator.get(f"/console/contracts/{pk}/edit").status_code == 302  # it does not change any more
    assert operator.get(f"/console/programs/enrollment/{enrollment.pk}/change/").status_code == 200
    operator.post(f"/console/verbs/contracts/{pk}/withdraw", {"reason": "a slip"})
    with brand_entered(aurora):
        assert ContractVersion.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "is not JSON"),
        (terms({"id": "a", "pay": {"kind": "percent", "rate": 1}}), "rules[0].pay.rate"),
        (terms(TEN | {"when": {"product": ["coffee"]}}), "there is no product coffee"),
        (terms(currency="USD"), "no offer has a price in USD"),
    ],
)
def test_a_mistake_is_shown_and_nothing_is_saved(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment, document: Any, told: str
) -> None:
    answer = drafting(operator_of(aurora, Role.ADMIN), enrollment, document)
    assert (answer.status_code, told in answer.content.decode()) == (422, True)
    with brand_entered(aurora):
        assert ContractVersion.objects.count() == 0


def test_a_closed_period_is_told_in_the_time_of_the_brand(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment
) -> None:
    with brand_entered(aurora):
        earned(enrolled(aurora, "Suedlicht"), 100, MAY)
        close_period(label="2026-05", actor=ANNA, at=JUNE)
    answer = drafting(operator_of(aurora, Role.ADMIN), enrollment, terms(starts_at="2026-05-31T23:59:59+02:00"))
    told = answer.content.decode()
    assert "the books are open since June 1, 2026, midnight" in told
    assert "2026-05-31T22:00:00" not in told


def test_the_preview_pays_an_example_and_books_nothing(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment
) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    form = {"document": json.dumps(terms()), "price": "200", "product": "tea", "charge_number": "2"}
    page = operator.post("/console/contracts/preview", form).content.decode()
    assert "€20.00" in page
    wrong = operator.post("/console/contracts/preview", form | {"price": "dear"}).content.decode()
    assert 'data-field="price"' in wrong
    with brand_entered(aurora):
        assert (ContractVersion.objects.count(), Commission.objects.count()) == (0, 0)


def test_the_preview_shows_the_period_levels_and_bonuses(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment
) -> None:
    tiers = [{"from": 0, "rate": "0.10"}, {"from": 150_00, "rate": "0.20"}]
    climb = {"id": "climb", "pay": {"kind": "tiered", "measure": "period_revenue", "mode": "all", "tiers": tiers}}
    document = terms(
        climb, levels=[{"level": 1, "of": "commission", "rate": "0.05"}, {"level": 2, "of": "sale", "rate": "0.01"}],
        bonuses=[{"id": "big", "measure": "period_revenue", "reach": 200_00, "amount_minor": 7_00},
                 {"id": "huge", "measure": "period_count", "reach": 9, "amount_minor": 9_00}],
    )  # fmt: skip
    form = {"document": json.dumps(document), "price": "100", "period_revenue": "100", "period_count": "1"}
    operator = operator_of(aurora, Role.OPERATIONS)
    page = " ".join(operator.post("/console/contracts/preview", form).content.decode().split())
    # 20 % of the order are 20; the 100 before were paid 10 and are due 20, so 10 more; level 1 is 5 % of 20.
    for told in (
        "earns <strong><span class=\"tb-money\">€20.00", "trues its period up by <span class=\"tb-money\">€10.00",
        "reaches the bonus big: <span class=\"tb-money\">€7.00", "changes nothing of the bonus huge",
        "at level 1, it would pay <span class=\"tb-money\">€1.00",
        "at level 2, it would pay <span class=\"tb-money\">€1.00",
    ):  # fmt: skip
        assert told in page, told
    for field in ("period_revenue", "period_count", "quantity", "charge_number"):
        wrong = operator.post("/console/contracts/preview", form | {field: "-1"}).content.decode()
        assert f'data-field="{field}"' in wrong


def test_what_differs_is_shown_beside_the_version_before(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment
) -> None:
    with brand_entered(aurora):
        accepted(enrollment)
    operator = operator_of(aurora, Role.OPERATIONS)
    drafting(operator, enrollment, terms({"id": "all", "pay": {"kind": "percent", "rate": "0.15", "base": "net"}}))
    with brand_entered(aurora):
        pk = ContractVersion.objects.get(number=2).pk
    page = operator.get(f"/console/contracts/{pk}").content.decode()
    assert "Rule all: 10 % of the net price → 15 % of the net price" in page
    paper = {"rules": json.dumps([TEN]), "hold_days": "14", "minimum_payout": "", "negative": "carry"}
    refused = operator.post(f"/console/new/enrollments/{enrollment.pk}/contract", paper)
    assert "needs the partner" in refused.content.decode()  # only first contracts are made on paper here


def test_finance_looks_and_does_not_write(aurora: Brand, operator_of: Operators, enrollment: Enrollment) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    assert drafting(finance, enrollment, terms()).status_code == 403
    with brand_entered(aurora):
        version = accepted(enrollment)
    assert finance.get(f"/console/contracts/{version.pk}").status_code == 200
    assert finance.post(f"/console/verbs/contracts/{version.pk}/withdraw").status_code == 403


def test_a_deal_is_paused_resumed_and_ended(aurora: Brand, operator_of: Operators, enrollment: Enrollment) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    for verb, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        operator.post(f"/console/verbs/enrollments/{enrollment.pk}/{verb}", {"reason": "as agreed"})
        with brand_entered(aurora):
            assert Enrollment.objects.get().state == state


def test_who_recruited_a_partner_is_said_and_a_loop_is_refused_at_the_field(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment
) -> None:
    with brand_entered(aurora):
        above = deal("par_2", "Otis Reed")
    operator = operator_of(aurora, Role.OPERATIONS)
    path = f"/console/enrollments/{enrollment.pk}/recruiter"
    assert operator.post(path, {"recruiter": "nobody@example.com"}).status_code == 422
    assert operator.post(path, {"recruiter": above.public_id}).status_code == 302
    assert "Otis Reed" in operator.get(f"/console/programs/enrollment/{enrollment.pk}/change/").content.decode()
    loop = operator.post(f"/console/enrollments/{above.pk}/recruiter", {"recruiter": enrollment.public_id})
    assert (loop.status_code, "would be above itself" in loop.content.decode()) == (422, True)
    assert operator.post(path, {"recruiter": ""}).status_code == 302
    with brand_entered(aurora):
        assert Enrollment.objects.get(pk=enrollment.pk).recruited_by is None


def test_an_admin_decides_what_is_recorded_on_paper(
    aurora: Brand, operator_of: Operators, enrollment: Enrollment
) -> None:
    path = f"/console/programs/{enrollment.program_id}/paper-rule"
    admin = operator_of(aurora, Role.ADMIN)
    assert "the first version of a deal" in admin.get("/console/programs/program/").content.decode()
    assert admin.post(path, {"on_paper": "sometimes"}).status_code == 422
    assert admin.post(path, {"on_paper": "never"}).status_code == 302
    paper = {"rules": json.dumps([TEN]), "hold_days": "14", "minimum_payout": "", "negative": "carry"}
    refused = admin.post(f"/console/new/enrollments/{enrollment.pk}/contract", paper)
    assert "needs the partner" in refused.content.decode()
