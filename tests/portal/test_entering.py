"""The way into a brand's portal: one pass, one brand, one minute, one use; an end that no request moves."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.accounts.models import User
from shared_apps.brands.actions import advance_clock
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.partners.models import HandOff, Partner, PartnerBrand, PartnerUser
from tests.portal.visiting import PARTNERS, Browser, at, entered, handed_over, invited, joined, signed_in, user_of


def test_a_pass_opens_the_portal_and_leads_to_the_page_asked_for(ann: Browser, aurora: Any) -> None:
    answer = entered(ann, aurora, "/portal/statements/")
    assert (answer.status_code, answer["Location"], answer["Referrer-Policy"]) == (
        303, "/portal/statements/", "no-referrer",
    )  # fmt: skip
    page = ann.get("/portal/statements/", headers=at(aurora))
    assert page.status_code == 200
    assert b"Nordlicht Media" in page.content


def test_a_pass_gives_a_new_session_key(ann: Browser, aurora: Any) -> None:
    keys = []
    for _ in range(2):
        entered(ann, aurora)
        keys.append(ann.jars["aurora.localhost"]["sessionid"].value)
    assert keys[0] != keys[1]


def test_a_pass_is_used_once(ann: Browser, aurora: Any) -> None:
    address = handed_over(ann, aurora)
    assert ann.get(address, headers=at(aurora)).status_code == 303
    thief = Browser()
    again = thief.get(address, headers=at(aurora))
    assert again.status_code == 403
    assert b"works once" in again.content
    assert thief.get("/portal/", headers=at(aurora)).status_code == 401


def test_a_pass_is_good_for_a_minute_and_at_its_own_brand(ann: Browser, nord: Any, aurora: Any, hanok: Any) -> None:
    joined(hanok)
    late, elsewhere = handed_over(ann, aurora), handed_over(ann, aurora)
    with time_machine.travel(utc_now() + timedelta(seconds=61)):
        assert Browser().get(late, headers=at(aurora)).status_code == 403
    assert Browser().get(elsewhere, headers=at(hanok)).status_code == 403
    with public_entered():
        assert HandOff.objects.exclude(used_at=None).count() == 0


@pytest.mark.parametrize(("token", "status"), [("", 403), ("x", 403), ("x" * 5000, 403), ("\x00", 400)])
def test_an_invented_pass_is_refused(client: Browser, aurora: Any, token: str, status: int) -> None:
    answer = client.get("/portal/enter", {"token": token}, headers=at(aurora))
    assert answer.status_code == status
    assert client.jars["aurora.localhost"].get("sessionid") is None


def test_a_test_brands_clock_neither_ends_a_pass_nor_a_stay(ann: Browser, aurora: Any) -> None:
    advance_clock(brand=aurora, to=utc_now() + timedelta(days=90), actor=system("tests"))
    assert entered(ann, aurora).status_code == 303
    assert ann.get("/portal/", headers=at(aurora)).status_code == 200


def test_a_stay_ends_after_twelve_hours_however_busy(inside: Browser, aurora: Any) -> None:
    start = utc_now()
    for hours, status in ((6, 200), (11.9, 200), (12.1, 401)):
        with time_machine.travel(start + timedelta(hours=hours)):
            assert inside.get("/portal/", headers=at(aurora)).status_code == status


def test_without_a_pass_every_page_shows_the_way(client: Browser, aurora: Any) -> None:
    for path in ("", "statements/", "links/", "statements/sta_x/", "statements/sta_x.pdf", "earnings/com_x/"):
        answer = client.get(f"/portal/{path}", headers=at(aurora))
        assert answer.status_code == 401
        assert f"partners.localhost/open/{aurora.public_id}/?next=%2Fportal%2F".encode() in answer.content


def test_leaving_ends_the_stay_at_this_brand_only(inside: Browser, aurora: Any) -> None:
    assert inside.post("/portal/leave", headers=at(aurora)).status_code == 200
    assert inside.get("/portal/", headers=at(aurora)).status_code == 401
    assert inside.get("/portal/leave", headers=at(aurora)).status_code == 405


@pytest.mark.parametrize("what", ["brand", "membership", "user"])
def test_who_may_no_longer_enter_is_out_at_once(inside: Browser, aurora: Any, what: str) -> None:
    assert inside.get("/api/v1/partner/commissions", headers=at(aurora)).status_code == 200
    with public_entered():
        match what:
            case "brand":
                PartnerBrand.objects.update(active=False)
            case "membership":
                PartnerUser.objects.all().delete()
            case "user":
                User.objects.update(is_active=False)
    assert inside.get("/api/v1/partner/commissions", headers=at(aurora)).status_code == 401
    assert inside.get("/portal/", headers=at(aurora)).status_code == 401


def test_one_brands_stay_opens_no_other(inside: Browser, hanok: Any) -> None:
    assert inside.get("/portal/", headers=at(hanok)).status_code == 401


def test_no_pass_to_a_brand_one_does_not_work_with(ann: Browser, hanok: Any) -> None:
    foreign = ann.get(f"/enter/{hanok.public_id}/", headers=PARTNERS)
    unknown = ann.get("/enter/brd_unknown/", headers=PARTNERS)
    assert (foreign.status_code, foreign.content) == (404, unknown.content)
    with public_entered():
        assert HandOff.objects.count() == 0


def test_a_pass_needs_a_signed_in_user(client: Browser, aurora: Any) -> None:
    for path in (f"/enter/{aurora.public_id}/", f"/open/{aurora.public_id}/", "/"):
        answer = client.get(path, headers=PARTNERS)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_a_posted_sign_in_ends_at_a_page_of_its_own_host(client: Browser, nord: Any, aurora: Any) -> None:
    answer = signed_in(client, next=f"/open/{aurora.public_id}/?next=%2Fportal%2Flinks%2F")
    page = client.get(answer["Location"], headers=PARTNERS)
    assert page.status_code == 200
    assert f'content="0;url=/enter/{aurora.public_id}/?next=%2Fportal%2Flinks%2F"'.encode() in page.content


def test_a_user_of_several_partners_chooses(client: Browser, nord: Any, aurora: Any) -> None:
    other = invited(aurora, "Studio Sur")
    with public_entered():
        ann = User.objects.get(email="ann@nordlicht.example")
        PartnerUser.objects.create(partner=other, user=ann)
        stranger = Partner.objects.create(name="Other", email="o@example.com", created_at=utc_now())
    signed_in(client)
    assert b"Who do you act for?" in client.get("/", headers=PARTNERS).content
    refused = client.post("/choose/", {"partner": stranger.public_id}, headers=PARTNERS)
    assert refused.status_code == 404
    client.post("/choose/", {"partner": other.public_id}, headers=PARTNERS)
    assert b"Studio Sur" in client.get("/", headers=PARTNERS).content
    entered(client, aurora)
    assert b"Studio Sur" in client.get("/portal/", headers=at(aurora)).content


def test_a_user_without_a_partner_is_told_so(client: Browser, aurora: Any) -> None:
    partner = invited(aurora, "Nordlicht Media")
    user_of(partner)
    with public_entered():
        PartnerUser.objects.all().delete()
    signed_in(client)
    page = client.get("/", headers=PARTNERS)
    assert page.status_code == 403
    assert b"does not act for any partner" in page.content


def test_an_operator_of_the_brand_is_no_partner(client: Browser, aurora: Any) -> None:
    with brand_entered(aurora):
        User.objects.create_user("op@aurora.example", "correct horse battery", is_staff=True)
    form = {"login": "op@aurora.example", "password": "correct horse battery"}
    assert client.post("/accounts/login/", form, headers=at(aurora)).status_code == 302
    assert client.get("/portal/", headers=at(aurora)).status_code == 401
