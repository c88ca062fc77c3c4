"""A customer's way: offers, order, payment page, waiting, receipt."""

import re
from typing import Any

from django.test import Client

from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import PaymentIntent
from tenant_apps.programs import actions as programs
from tenant_apps.tracking.models import Touch
from tests.commissions.selling import TEN_PERCENT, partner
from tests.payments.selling import TESTS, Shop, deliver, publish_offer

WISH = {"email": "ines@example.com", "name": "Ines", "quantity": "2", "nonce": "non_0123456789abcdef"}


def orders(brand: Any) -> list[Order]:
    with brand_entered(brand):
        return list(Order.objects.order_by("pk"))


def paid(shop: Shop, brand: Any) -> None:
    with brand_entered(brand):
        shop.sandbox.pay(PaymentIntent.objects.latest("pk").session_id)
        shop.tell()


def return_address(shop: Shop, brand: Any) -> str:
    with brand_entered(brand):
        intent = PaymentIntent.objects.latest("pk")
        return str(intent.request["success_url"]).removeprefix("http://aurora.localhost")


def test_the_form_leads_to_the_providers_page_and_back_to_a_receipt(
    shop: Shop, aurora: Any, offer: Any, browser: Client
) -> None:
    page = browser.get("/o/season-pass/").content.decode()
    assert "€119.00" in page
    answer = browser.post("/o/season-pass/", WISH)
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{shop.sandbox.url}/c/pay/cs_test_")
    back = return_address(shop, aurora)

    waiting = browser.get(back).content.decode()
    assert "Confirming your payment" in waiting
    assert re.search(r'hx-get="/checkout/return/state\?order=', waiting)

    paid(shop, aurora)
    receipt = browser.get(back).content.decode()
    assert "Thank you, your payment arrived" in receipt
    assert "Order #1" in receipt
    assert "€238.00" in receipt
    assert "€38.00 tax included" in receipt
    assert "ines@example.com" not in receipt
    assert browser.get(back)["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_a_second_press_of_the_button_is_the_same_order(shop: Shop, aurora: Any, offer: Any, browser: Client) -> None:
    first, second = browser.post("/o/season-pass/", WISH), browser.post("/o/season-pass/", WISH)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert len(orders(aurora)) == 1
    changed = browser.post("/o/season-pass/", WISH | {"quantity": "3"})
    assert changed["Location"] != first["Location"]
    assert [order.number for order in orders(aurora)] == [1, 2]


def test_a_coupon_code_goes_with_the_order_and_one_that_is_none_is_told(
    shop: Shop, aurora: Any, offer: Any, browser: Client
) -> None:
    with brand_entered(aurora):
        program = programs.ensure_program(name="Partners", at=utc_now())
        deal = programs.enroll_partner(
            program=program, partner_ref="par_1", name="Nord", email="n@example.com", role="affiliate", actor=TESTS,
            at=utc_now(),
        )  # fmt: skip
        programs.create_link(enrollment=deal, code="spring10", kind="code", actor=TESTS, at=utc_now())
    wrong = browser.post("/o/season-pass/", WISH | {"code": "WINTER"})
    assert (wrong.status_code, "This code is not known." in wrong.content.decode()) == (422, True)
    assert orders(aurora) == []
    assert 'value="SPRING10"' in browser.get("/o/season-pass/?code=SPRING10").content.decode()
    assert browser.post("/o/season-pass/", WISH | {"code": " Spring10 "}).status_code == 303
    assert [order.code for order in orders(aurora)] == ["spring10"]


def test_the_country_a_customer_chose_is_what_terms_ask_for(
    shop: Shop, aurora: Any, offer: Any, browser: Client
) -> None:
    with brand_entered(aurora):
        austria = {"id": "at", "when": {"country": ["AT"]}, "pay": {"kind": "percent", "rate": "0.20"}}
        partner("nord", [austria, *TEN_PERCENT])
    page = browser.get("/o/season-pass/?via=nord&tv=vis_1").content.decode()
    assert '<option value="AT">Austria</option>' in page
    wish = WISH | {"tv": "vis_1", "via": "nord"}
    wrong = browser.post("/o/season-pass/", wish | {"country": "UK"})
    assert (wrong.status_code, "Choose a country of the list." in wrong.content.decode()) == (422, True)
    for country in ("AT", "FR"):
        assert browser.post("/o/season-pass/", wish | {"country": country}).status_code == 303
        paid(shop, aurora)
    assert [order.country for order in orders(aurora)] == ["AT", "FR"]
    with brand_entered(aurora):
        earned = Commission.objects.filter(kind="earning").order_by("pk")
        assert [(line.rule, line.amount_minor) for line in earned] == [("at", 40_00), ("ten", 20_00)]


def test_after_payment_the_button_leads_to_the_receipt(shop: Shop, aurora: Any, offer: Any, browser: Client) -> None:
    browser.post("/o/season-pass/", WISH)
    paid(shop, aurora)
    answer = browser.post("/o/season-pass/", WISH)
    assert (answer.status_code, answer["Location"]) == (303, return_address(shop, aurora))


def test_a_wrong_form_keeps_what_was_typed_and_names_the_field(
    shop: Shop, aurora: Any, offer: Any, browser: Client
) -> None:
    answer = browser.post("/o/season-pass/", WISH | {"email": "ines@", "quantity": "0"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="ines@"' in page
    assert 'value="Ines"' in page
    assert WISH["nonce"] in page
    assert "This is not an e-mail address" in page
    assert "Enter 1 or more." in page
    assert page.count('aria-invalid="true"') == 2
    assert orders(aurora) == []


def test_a_silent_provider_costs_nothing_and_pressing_again_goes_on_with_the_same_order(
    shop: Shop, aurora: Any, offer: Any, browser: Client
) -> None:
    shop.sandbox.knobs(drop_next=1)
    answer = browser.post("/o/season-pass/", WISH)
    assert answer.status_code == 503
    assert "Nothing was charged" in answer.content.decode()
    assert 'value="Ines"' in answer.content.decode()
    assert browser.post("/o/season-pass/", WISH).status_code == 303
    assert len(orders(aurora)) == 1
    assert shop.sandbox.state_now()["counts"]["checkout.session"] >= 1
    with brand_entered(aurora):
        assert PaymentIntent.objects.count() == 1


def test_who_leaves_the_payment_page_can_pay_later(shop: Shop, aurora: Any, offer: Any, browser: Client) -> None:
    location = browser.post("/o/season-pass/", WISH)["Location"]
    back = return_address(shop, aurora)
    left = browser.get(f"{back}&left=1").content.decode()
    assert "You have not paid" in left
    token = re.search(r'name="order" value="([^"]+)"', left)
    assert token is not None
    again = browser.post("/checkout/again", {"order": token[1]})
    assert (again.status_code, again["Location"]) == (303, location)


def test_a_receipt_opens_only_with_its_signature(shop: Shop, aurora: Any, offer: Any, browser: Client) -> None:
    browser.post("/o/season-pass/", WISH)
    ref = orders(aurora)[0].public_id
    for token in (ref, f"{ref}:forged", ""):
        assert browser.get("/checkout/return", {"order": token}).status_code == 404
        assert browser.get("/checkout/return/state", {"order": token}).status_code == 404
    stranger = Client(headers={"host": "hanok.localhost"})
    assert stranger.get(return_address(shop, aurora)).status_code == 404


def test_a_visit_by_a_link_is_a_touch_and_is_carried_into_the_order(
    shop: Shop, aurora: Any, offer: Any, browser: Client
) -> None:
    with brand_entered(aurora):
        link = link_named("INES")
    page = browser.get("/?via=INES&tv=v_7").content.decode()
    assert "/o/season-pass/?tv=v_7&amp;via=INES" in page
    form = browser.get("/o/season-pass/?tv=v_7&via=INES").content.decode()
    assert 'name="tv" value="v_7"' in form
    browser.post("/o/season-pass/", WISH | {"tv": "v_7", "via": "INES"})
    order = orders(aurora)[0]
    assert (order.visitor_ref, order.via_code) == ("v_7", "INES")
    with brand_entered(aurora):
        assert [(t.visitor_ref, t.link_id, t.channel) for t in Touch.objects.all()] == [("v_7", link.pk, "click")]


def test_a_link_without_visitor_gets_one_and_an_unknown_code_records_nothing(
    shop: Shop, aurora: Any, offer: Any, browser: Client
) -> None:
    with brand_entered(aurora):
        link_named("INES")
    form = browser.get("/o/season-pass/?via=INES").content.decode()
    assert re.search(r'name="tv" value="vis_[0-9a-z]{26}"', form)
    browser.get("/?via=nobody&tv=v_9")
    browser.get("/?via=" + "x" * 200)
    with brand_entered(aurora):
        assert Touch.objects.count() == 1
    assert "visitor" not in browser.cookies


def test_a_list_of_three_offers_asks_as_often_as_a_list_of_one(
    aurora: Any, offer: Any, browser: Client, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser.get("/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/")
    with brand_entered(aurora):
        publish_offer(slug="two", title="Two")
        publish_offer(slug="three", title="Three")
    with CaptureQueriesContext(connection) as three:
        assert browser.get("/").content.decode().count('class="price"') == 3
    assert len(three) == len(one)


def test_drafts_and_unknown_addresses_are_not_found(aurora: Any, offer: Any, browser: Client) -> None:
    from tenant_apps.catalog.actions import archive_offer

    with brand_entered(aurora):
        archive_offer(offer=offer, actor=TESTS, at=utc_now(), reason="")
    assert browser.get("/o/season-pass/").status_code == 404
    assert browser.get("/o/nothing/").status_code == 404
    assert "Nothing is on offer yet" in browser.get("/").content.decode()


def test_the_theme_is_cached_for_ever_under_its_version_only(aurora: Any, browser: Client) -> None:
    page = browser.get("/").content.decode()
    address = re.search(r'href="(/theme/[^"]+)"', page)
    assert address is not None
    sheet = browser.get(address[1])
    assert "--primary" in sheet.content.decode()
    assert sheet["Cache-Control"] == "public, max-age=31536000, immutable"
    assert browser.get(address[1].split("?")[0])["Cache-Control"] == "public, max-age=60"
    assert browser.get(address[1], headers={"if-none-match": sheet["ETag"]}).status_code == 304
    assert browser.get("/theme/brd_other.css").status_code == 404


def test_pages_of_unknown_and_suspended_hosts_stand_alone(aurora: Any, browser: Client) -> None:
    from shared_apps.brands.actions import suspend_brand
    from shared_apps.brands.entering import public_entered

    unknown = Client(headers={"host": "nobody.localhost"})
    answer = unknown.get("/")
    assert answer.status_code == 404
    assert "No shop answers" in answer.content.decode()
    assert unknown.get("/static/tributary/plain.css").status_code == 200
    with public_entered():
        suspend_brand(brand=aurora, reason="unpaid", actor=TESTS, at=utc_now())
    assert browser.get("/").status_code == 503


def test_an_event_for_a_suspended_brand_is_stored(shop: Shop, aurora: Any, offer: Any, browser: Client) -> None:
    from shared_apps.brands.actions import suspend_brand
    from shared_apps.brands.entering import public_entered

    browser.post("/o/season-pass/", WISH)
    with public_entered():
        suspend_brand(brand=aurora, reason="unpaid", actor=TESTS, at=utc_now())
    paid(shop, aurora)
    assert orders(aurora)[0].money_state == "paid"
    with brand_entered(aurora):
        assert not deliver(shop.events()[0])


def link_named(code: str) -> Any:
    at = utc_now()
    enrollment = programs.enroll_partner(
        program=programs.ensure_program(name="Partners", at=at), partner_ref="par_1", name="Ines", actor=TESTS,
        email="ines@partner.example", role="affiliate", at=at,
    )  # fmt: skip
    return programs.create_link(enrollment=enrollment, code=code, campaign="", actor=TESTS, at=at)
