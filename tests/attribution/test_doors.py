"""What the doors say of credit: field by field what is wrong, 409 for what came too late, and nothing moved."""

from collections.abc import Callable
from typing import Any

import pytest

from kernel.payload import Payload
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.models import AgentEntry, Deal, Policy
from tenant_apps.attribution.rules import parse_policy
from tenant_apps.attribution.rules.policy_changes import HOUSE_TERMS, changed_terms
from tests.api.conftest import ask, key_of
from tests.api.crediting import a_deal, a_policy, a_suspicion, an_order
from tests.commissions import selling

__all__ = ["key_of"]
Keys = Callable[..., str]


def post(brand: Brand, path: str, secret: str, body: Any) -> Any:
    return ask(brand, path, secret, "post", data=body, content_type="application/json")


def fields(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["details"]["errors"]]


def test_every_mistake_of_a_registration_is_named(aurora: Brand, key_of: Keys) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        enrollment = selling.partner("nord").public_id
    wrong = {"enrollment": enrollment, "company": " ", "email": "ann@", "domain": "gmail.com", "phone": "x"}
    answer = post(aurora, "/deals", secret, wrong)
    assert (answer.status_code, fields(answer)) == (422, ["company", "domain", "email", "phone"])
    with brand_entered(aurora):
        assert Deal.objects.count() == 0


def test_a_protected_prospect_cannot_be_qualified_again(aurora: Brand, key_of: Keys) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        first = a_deal(1)
        second = selling.partner("sued").public_id
    other = post(aurora, "/deals", secret, {"enrollment": second, "company": "Tea", "email": "ann@tea1.example"}).json()
    assert other["state"] == "submitted"
    assert post(aurora, f"/deals/{first.public_id}/qualify", secret, {}).json()["state"] == "qualified"
    rejected = ask(aurora, f"/deals/{other['id']}", secret).json()
    assert (rejected["state"], rejected["beaten_by"]) == ("rejected", first.public_id)
    again = post(aurora, f"/deals/{other['id']}/qualify", secret, {})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


def test_finance_looks_and_gives_no_credit(aurora: Brand, key_of: Keys) -> None:
    secret = key_of(aurora, Role.FINANCE)
    with brand_entered(aurora):
        deal, suspicion = a_deal(), a_suspicion()
    assert ask(aurora, "/deals", secret).status_code == 200
    for path in (f"/deals/{deal.public_id}/qualify", f"/duplicates/{suspicion.public_id}/confirm"):
        assert post(aurora, path, secret, {}).status_code == 403
    assert post(aurora, "/attribution-policies", secret, {"terms": {"model": "last"}}).status_code == 403
    with brand_entered(aurora):
        suspicion.refresh_from_db()
    assert suspicion.state == "open"


def test_both_orders_stand_side_by_side(aurora: Brand, key_of: Keys) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        suspicion = a_suspicion()
    shown = ask(aurora, f"/duplicates/{suspicion.public_id}", secret).json()
    assert [side["source"] for side in shown["sides"]] == ["test", "api"]
    assert post(aurora, f"/duplicates/{suspicion.public_id}/dismiss", secret, {}).json()["state"] == "dismissed"
    again = post(aurora, f"/duplicates/{suspicion.public_id}/confirm", secret, {})
    assert again.status_code == 409


def test_an_entry_about_nothing_known_is_refused(aurora: Brand, key_of: Keys) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        enrollment, order = selling.partner("nord").public_id, an_order().public_id
    body = {"enrollment": enrollment, "reason": "by phone"}
    assert fields(post(aurora, "/agent-entries", secret, body | {"order": "ord_ghost"})) == ["order"]
    assert fields(post(aurora, "/agent-entries", secret, body)) == ["order"]
    assert post(aurora, "/agent-entries", secret, body | {"order": order, "reason": " "}).status_code == 422
    with brand_entered(aurora):
        assert AgentEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"model": "lucky"}, "terms.model"),
        ({"model": "last", "window": 3}, "terms.window"),
        ({"model": "position", "first": "0.9", "last": "0.9"}, "terms.last"),
    ],
)
def test_a_wrong_policy_is_named_and_not_set(aurora: Brand, key_of: Keys, terms: Any, field: str) -> None:
    answer = post(aurora, "/attribution-policies", key_of(aurora), {"terms": terms})
    assert (answer.status_code, fields(answer)) == (422, [field])
    with brand_entered(aurora):
        assert Policy.objects.count() == 0


def test_a_version_says_what_differs_who_set_it_and_cannot_begin_in_the_past(aurora: Brand, key_of: Keys) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        a_policy(30)
    made = post(aurora, "/attribution-policies", secret, {"terms": {"model": "linear", "window_days": 30}}).json()
    assert (made["number"], made["changes"]) == (2, [{"term": "model", "before": "last", "after": "linear"}])
    assert made["set_by"] == "API key tests"
    past = {"terms": {"model": "first"}, "effective_from": "2026-01-01T00:00:00Z"}
    answer = post(aurora, "/attribution-policies", secret, past)
    assert (answer.status_code, answer.json()["code"]) == (409, "policy_backwards")


def test_terms_are_compared_in_the_order_they_are_read() -> None:
    before, after = {"model": "last", "window_days": 90}, {"direct": "count", "model": "last", "window_days": 30}
    assert [(change.term, change.before, change.after) for change in changed_terms(before, after)] == [
        ("window_days", 90, 30), ("direct", None, "count"),
    ]  # fmt: skip
    assert changed_terms(after, after) == []


def test_the_house_terms_are_those_that_a_policy_begins_with() -> None:
    silent = parse_policy(Payload({"model": "last"}))
    assert parse_policy(Payload({"model": "last", **HOUSE_TERMS})) == silent
