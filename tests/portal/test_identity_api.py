"""Name, tax and account over the partner host's API: no less is demanded than on its pages, and no account is told."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.api import partner_api
from kernel.clock import utc_now
from shared_apps.accounts.doors import operations_of
from shared_apps.accounts.models import User
from shared_apps.brands.entering import public_entered
from shared_apps.partners.models import Partner, PartnerUser
from tests.portal.test_identity import BANK, TAX, counted
from tests.portal.visiting import PARTNERS, PASSWORD, Browser, at, invited, signed_in, user_of

SAID = {"tax": TAX, "payout": BANK}


def about(partner: Any) -> str:
    return f"/api/v1/partners/{partner.partner_ref}"


def said(browser: Browser, path: str, told: dict[str, Any], headers: dict[str, str] = PARTNERS) -> Any:
    return browser.put(path, told, content_type="application/json", headers=headers)


def test_a_profile_is_read_and_said_and_the_account_is_never_told(ann: Browser, nord: Any) -> None:
    [own] = ann.get("/api/v1/partners", headers=PARTNERS).json()["items"]
    assert own == {"id": nord.partner_ref, "name": "Nordlicht Media"}
    empty = ann.get(f"{about(nord)}/profile", headers=PARTNERS).json()
    assert (empty["tax"]["vat_status"], empty["payout"], empty["missing"][-1]) == ("unknown", None, "payout_method")
    assert said(ann, f"{about(nord)}/tax", TAX).json()["tax"] == TAX | {"legal_address": "Torstr. 1\n10119 Berlin"}
    first = said(ann, f"{about(nord)}/payout", BANK)
    assert (first.json()["payout"]["last4"], first.json()["frozen_until"], first.json()["missing"]) == (
        "3000",
        None,
        [],
    )
    changed = said(ann, f"{about(nord)}/payout", BANK | {"account": "FR1420041010050500013M02606"})
    assert (changed.json()["payout"]["number"], changed.json()["payout"]["last4"]) == (2, "2606")
    assert changed.json()["frozen_until"] is not None
    assert not any(number in answer.text for answer in (first, changed) for number in ("37040044", "20041010"))
    assert "nothing is paid out before" in ann.get("/profile/", headers=PARTNERS).text


@pytest.mark.parametrize(
    ("what", "wrong", "field"),
    [
        ("tax", {"vat_id": "DE136695977"}, "vat_id"), ("tax", {"country": "QQ"}, "country"),
        ("tax", {"legal_name": " "}, "legal_name"), ("tax", {"vat_status": "unknown"}, "vat_status"),
        ("tax", {"frozen_until": ""}, "frozen_until"), ("payout", {"account": "DE89370400440532013001"}, "account"),
        ("payout", {"account": "1102345678"}, "bic"), ("payout", {"holder": "\0"}, "holder"),
        ("payout", {"method": "stripe", "stripe_account": "x"}, "stripe_account"),
        ("payout", {"method": "cash"}, "method"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_and_nothing_is_saved(
    ann: Browser, nord: Any, what: str, wrong: dict[str, str], field: str
) -> None:
    answer = said(ann, f"{about(nord)}/{what}", SAID[what] | wrong)
    errors = answer.json()["details"]["errors"]
    assert (answer.status_code, [error["field"] for error in errors], counted()) == (422, [field], (0, 0))


def test_an_old_sign_in_changes_nothing_until_it_is_proved_again(ann: Browser, nord: Any) -> None:
    with time_machine.travel(utc_now() + timedelta(minutes=5, seconds=2)):
        for what, told in SAID.items():
            late = said(ann, f"{about(nord)}/{what}", told)
            assert (late.status_code, late.json()["code"]) == (403, "reauthentication_needed")
        assert (counted(), ann.get(f"{about(nord)}/profile", headers=PARTNERS).status_code) == ((0, 0), 200)
        ann.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/"}, headers=PARTNERS)
        assert said(ann, f"{about(nord)}/payout", BANK).status_code == 200
    session = ann.session
    del session["account_authentication_methods"]
    session.save()
    assert said(ann, f"{about(nord)}/tax", TAX).status_code == 403
    assert counted() == (0, 1)


def test_only_who_acts_for_a_partner_passes_and_only_on_the_partner_host(
    inside: Browser, nord: Any, aurora: Any
) -> None:
    with public_entered():
        user_of(Partner.objects.get(public_id=invited(aurora, "Solo").public_id), "sol@solo.example")
    other = Browser()
    signed_in(other, "sol@solo.example")
    other.handler.enforce_csrf_checks = inside.handler.enforce_csrf_checks = True
    for what, told in SAID.items():
        path = f"{about(nord)}/{what}"
        assert said(Browser(), path, told).status_code == 401
        assert said(inside, path, told).json()["code"] == "csrf_failed"
        assert said(inside, path, told, at(aurora)).status_code == 404
    other.handler.enforce_csrf_checks = False
    for path in ("tax", "payout"):
        assert said(other, f"{about(nord)}/{path}", SAID[path]).status_code == 404
    assert other.get(f"{about(nord)}/profile", headers=PARTNERS).status_code == 404
    assert [each["name"] for each in other.get("/api/v1/partners", headers=PARTNERS).json()["items"]] == ["Solo"]
    assert counted() == (0, 0)


def test_three_partners_ask_as_often_as_one_and_an_unknown_name_is_refused(
    ann: Browser, nord: Any, aurora: Any
) -> None:
    asked = []
    for names in ([], ["Sued", "West"]):
        with public_entered():
            for name in names:
                partner = Partner.objects.get(public_id=invited(aurora, name).public_id)
                PartnerUser.objects.create(partner=partner, user=User.objects.get())
        with CaptureQueriesContext(connection) as queries:
            found = ann.get("/api/v1/partners", headers=PARTNERS).json()
        asked.append((found["count"], len(found["items"]), len(queries)))
    assert asked == [(1, 1, asked[0][2]), (3, 3, asked[0][2])]
    for path, operation in operations_of(partner_api):
        address = f"/api/v1{path.replace('{partner}', nord.partner_ref)}?stat=x"
        method = operation.methods[0].lower()
        body = SAID.get(path.rpartition("/")[2])
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = getattr(ann, method)(address, headers=PARTNERS, **more)
        assert (answer.status_code, answer.json()["details"]["errors"][0]["field"]) == (422, "stat")
    assert counted() == (0, 0)
