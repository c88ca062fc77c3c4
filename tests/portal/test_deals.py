"""A partner registers prospects, sees their clock and takes them back; of who was first it never learns the name."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import qualify_deal, register_deal
from tenant_apps.attribution.models import Deal
from tests.commissions.selling import ACTOR
from tests.portal.visiting import Browser, at, joined

FORM = {"company": "Teahouse Ltd", "email": "Ann@Teahouse.example", "expected": "1200.50"}


def sent(browser: Browser, brand: Brand, deal: Any, **said: str) -> Any:
    form = FORM | {"enrollment": deal.public_id} | said
    return browser.post("/portal/deals/new/", form, headers=at(brand))


def registered(brand: Brand, enrollment: Any, *, qualified: bool = False) -> Deal:
    with brand_entered(brand):
        moment = now()
        made = register_deal(
            enrollment=enrollment, company="Tea", email="ann@teahouse.example", domain="", phone="", note="",
            expected_minor=0, actor=ACTOR, at=moment,
        )  # fmt: skip
        return qualify_deal(deal=made, reason="", actor=ACTOR, at=moment) if qualified else made


def states(brand: Brand) -> list[str]:
    with brand_entered(brand):
        return list(Deal.objects.order_by("pk").values_list("state", flat=True))


def test_a_prospect_is_registered_its_clock_is_seen_and_it_is_taken_back(
    inside: Browser, nord: Any, aurora: Brand
) -> None:
    assert sent(inside, aurora, nord).status_code == 302
    page = inside.get("/portal/deals/", headers=at(aurora)).text
    for shown in ("Teahouse Ltd", "ann@teahouse.example", "€1,200.50", "starts when it is qualified", "Registered."):
        assert shown in page
    with brand_entered(aurora):
        deal = Deal.objects.get()
        qualify_deal(deal=deal, reason="welcome", actor=ACTOR, at=now())
    page = inside.get("/portal/deals/", headers=at(aurora)).text
    assert "89 days left" in page
    assert "welcome" in page
    assert inside.post(f"/portal/deals/{deal.public_id}/withdraw", headers=at(aurora)).status_code == 302
    assert states(aurora) == ["withdrawn"]
    again = inside.post(f"/portal/deals/{deal.public_id}/withdraw", headers=at(aurora), follow=False)
    assert again.status_code == 302
    assert "decided in the meantime" in inside.get("/portal/deals/", headers=at(aurora)).text


def test_who_was_first_stays_unnamed(inside: Browser, nord: Any, aurora: Brand) -> None:
    first = registered(aurora, joined(aurora, "Anna Adler"), qualified=True)
    sent(inside, aurora, nord)
    page = inside.get("/portal/deals/", headers=at(aurora)).text
    assert "Another partner registered this prospect first." in page
    assert "It is protected until" in page
    assert "Anna Adler" not in page
    assert first.public_id not in page
    assert states(aurora) == ["qualified", "rejected"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"company": " "}, "This field is required"),
        ({"email": ""}, "Please give an e-mail address, a domain or a phone number"),
        ({"email": "ann@"}, "Please give an e-mail address, a domain or a phone number"),
        ({"domain": "gmail.com"}, "free mail providers do not count"),
        ({"phone": "call me"}, "Please give the phone number with its country"),
        ({"expected": "a lot"}, "Please give an amount"),
        ({"enrollment": "enr_ghost"}, "not one of the available choices"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_registered(
    inside: Browser, nord: Any, aurora: Brand, wrong: dict[str, str], told: str
) -> None:
    answer = sent(inside, aurora, nord, **wrong)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert states(aurora) == []


def test_others_deals_and_other_brands_do_not_exist(inside: Browser, nord: Any, aurora: Brand, hanok: Brand) -> None:
    strangers = registered(aurora, joined(aurora, "Anna Adler"))
    elsewhere = registered(hanok, joined(hanok))
    for deal in (strangers, elsewhere):
        assert inside.post(f"/portal/deals/{deal.public_id}/withdraw", headers=at(aurora)).status_code == 404
    page = inside.get("/portal/deals/", headers=at(aurora)).text
    assert "No prospect yet" in page
    assert states(aurora) == ["submitted"]


def test_a_clock_that_ran_out_says_so_before_the_job_does(inside: Browser, nord: Any, aurora: Brand) -> None:
    deal = registered(aurora, nord, qualified=True)
    with brand_entered(aurora):
        past = now() - timedelta(days=1)
        Deal.objects.filter(pk=deal.pk).update(
            submitted_at=past - timedelta(days=9), qualified_at=past - timedelta(days=9), protected_until=past
        )
    page = inside.get("/portal/deals/", headers=at(aurora)).text
    assert "Expired" in page
    assert "days left" not in page


def test_the_page_asks_as_often_for_three_deals_as_for_one(inside: Browser, nord: Any, aurora: Brand) -> None:
    asked = []
    for number in (1, 2):
        for _ in range(number):
            registered(aurora, nord)
        with CaptureQueriesContext(connection) as queries:
            inside.get("/portal/deals/", headers=at(aurora))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_deals_are_read_in_korean_and_spanish(inside: Browser, nord: Any, aurora: Brand) -> None:
    registered(aurora, nord, qualified=True)
    for language, shown in (("ko", "89일 남음"), ("es", "quedan 89 días")):
        headers = at(aurora) | {"accept-language": language}
        assert shown in inside.get("/portal/deals/", headers=headers).text
