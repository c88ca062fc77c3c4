"""Who passes the API's doors, who does not, and what a refusal leaves behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from ninja import NinjaAPI

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.accounts.actions import revoke_api_key
from shared_apps.accounts.doors import door, every_operation_declares_a_policy, operations_of
from shared_apps.accounts.models import ApiKey
from shared_apps.accounts.policies import is_admin, is_operator
from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand

SPLIT = {"total_minor": 100, "currency": "EUR", "parts": [{"id": "a", "weight": "1"}, {"id": "b", "weight": "2"}]}


def ask(*args: Any, **kwargs: Any) -> Any:
    from tests.api.conftest import ask

    return ask(*args, **kwargs)


def test_nobody_passes_without_a_key_or_a_session(aurora: Brand) -> None:
    answer = ask(aurora, "/leads")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_needed")


@pytest.mark.parametrize("secret", ["x", "sk_wrong", "sk_" + "a" * 16 + "_" + "a" * 48])
def test_a_wrong_key_is_refused_even_beside_a_good_session(
    aurora: Brand, operator_of: Callable[..., Client], secret: str
) -> None:
    browser = operator_of(aurora, Role.ADMIN)
    assert browser.get("/api/v1/leads").status_code == 200
    assert browser.get("/api/v1/leads", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert browser.get("/api/v1/leads", headers={"Authorization": "Basic b3A6cGFzcw=="}).status_code == 401


def test_a_revoked_key_is_as_good_as_none(aurora: Brand, key_of: Callable[..., str]) -> None:
    secret = key_of(aurora)
    assert ask(aurora, "/leads", secret).status_code == 200
    with brand_entered(aurora):
        revoke_api_key(key=ApiKey.objects.get(), actor=system("tests"), at=utc_now())
    assert ask(aurora, "/leads", secret).status_code == 401


def test_a_session_changes_something_only_from_our_own_pages(aurora: Brand, operator_of: Callable[..., Client]) -> None:
    browser = operator_of(aurora, Role.OPERATIONS, enforce_csrf_checks=True)
    assert browser.get("/api/v1/leads").status_code == 200
    answer = browser.post("/api/v1/previews/split", SPLIT, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_an_operator_without_a_role_is_refused_and_it_is_written_down(
    aurora: Brand, operator_of: Callable[..., Client]
) -> None:
    answer = operator_of(aurora).get("/api/v1/leads")
    assert (answer.status_code, answer.json()) == (
        403, {"code": "forbidden", "message": "You are not allowed to do this.", "details": {}},
    )  # fmt: skip
    with brand_entered(aurora):
        denied = AuditEvent.objects.get(verb="permission.denied")
    assert (denied.actor_kind, denied.actor_label, denied.after["path"]) == ("operator", "Op", "/api/v1/leads")
    assert denied.after["policy"] == is_operator.name


def test_the_policy_is_asked_before_the_payload_is_read(aurora: Brand, operator_of: Callable[..., Client]) -> None:
    browser = operator_of(aurora)
    assert browser.post("/api/v1/previews/split", "{", content_type="application/json").status_code == 403


def test_a_partner_in_the_portal_is_no_operator(aurora: Brand) -> None:
    browser = Client(headers={"Host": "aurora.localhost"})
    with brand_entered(aurora):
        session = browser.session
        until = (utc_now() + timedelta(hours=1)).isoformat()
        session["partner"] = {"ref": "par_1", "name": "Nordic", "user": "usr_1", "until": until}
        session.save()
        browser.cookies[project.SESSION_COOKIE_NAME] = session.session_key
    assert browser.get("/api/v1/leads").status_code == 401


def test_every_operation_of_the_api_declares_a_policy() -> None:
    from config.api import brand_api

    assert every_operation_declares_a_policy() == []
    operations = list(operations_of(brand_api))
    assert {path for path, _ in operations} >= {
        "/offers",
        "/leads",
        "/leads/{lead}",
        "/partners/enrollments",
        "/previews/{kind}",
    }
    for path, operation in operations:
        # A partner's door opens to nobody else, and an operator's to no partner.
        kinds = {type(key).__name__ for key in operation.auth_callbacks}
        assert kinds == ({"PartnerSession"} if path.startswith("/partner/") else {"ApiKey", "Session"})


open_api = NinjaAPI(urls_namespace="a door forgotten")


@open_api.get("/guarded")
@door(is_admin)
def guarded(request: Any) -> dict[str, int]:
    return {}


@open_api.get("/forgotten")
def forgotten(request: Any) -> dict[str, int]:
    return {}


def test_a_forgotten_door_stops_the_start(settings: Any) -> None:
    settings.GUARDED_APIS = [f"{__name__}.open_api"]
    import sys

    sys.modules.setdefault(__name__, sys.modules[forgotten.__module__])
    assert [error.msg for error in every_operation_declares_a_policy()] == [
        f"{__name__}.open_api: GET /forgotten declares no policy"
    ]


def test_an_unknown_an_impossible_and_a_foreign_id_are_one_answer(
    aurora: Brand, hanok: Brand, key_of: Callable[..., str]
) -> None:
    from tenant_apps.customers.actions import open_lead

    with brand_entered(hanok):
        foreign = open_lead(email="kim@example.com", actor=system("tests"), at=utc_now()).public_id
    secret = key_of(aurora)
    answers = {
        ask(aurora, f"/leads/{ref}", secret).content
        for ref in (foreign, "led_" + "0" * 26, "x", "%00", "led_1' OR 1=1")
    }
    assert answers == {b'{"code": "not_found", "message": "Not found.", "details": {}}'}
    assert ask(aurora, f"/leads/{foreign}", secret).status_code == 404
    assert ask(hanok, f"/leads/{foreign}", key_of(hanok)).status_code == 200


def test_a_preview_computes_and_a_wrong_one_names_its_field(aurora: Brand, key_of: Callable[..., str]) -> None:
    secret, send = key_of(aurora), {"method": "post", "content_type": "application/json"}
    answer = ask(aurora, "/previews/split", secret, data={"amount": 1}, **send)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["details"]["errors"]
    assert ask(aurora, "/previews/horoscope", secret, data={}, **send).json()["details"]["errors"][0]["field"] == "kind"
    twice = ask(aurora, "/previews/split", secret, data='{"a": 1, "a": 2}', **send)
    assert (twice.status_code, twice.json()["details"]["errors"][0]["field"]) == (422, "a")
    large = ask(aurora, "/previews/split", secret, data=b" " * 1_100_000, **send)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999999999999999", "page_size=101", "page_size=0", "state=sad"]
)
def test_a_wrong_page_names_its_field(aurora: Brand, key_of: Callable[..., str], query: str) -> None:
    answer = ask(aurora, f"/leads?{query}", key_of(aurora))
    assert (answer.status_code, answer.json()["details"]["errors"][0]["field"]) == (
        422,
        query.split("=", maxsplit=1)[0],
    )


def test_the_documentation_is_our_own_and_its_policy_is_relaxed_there_only(aurora: Brand) -> None:
    page = Client().get("/api/v1/docs", headers={"Host": "aurora.localhost"})
    assert page.status_code == 200
    assert b"cdn" not in page.content.lower()
    assert b'src="/static/ninja/swagger-ui-bundle.js"' in page.content
    assert "style-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]
    assert "script-src 'self';" in page["Content-Security-Policy"] + ";"
    elsewhere = Client().get("/api/v1/openapi.json", headers={"Host": "aurora.localhost"})
    assert "unsafe-inline" not in elsewhere["Content-Security-Policy"]
    script = Client().get("/static/ninja/swagger-ui-bundle.js", headers={"Host": "aurora.localhost"})
    assert script.status_code == 200
