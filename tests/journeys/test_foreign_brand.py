"""Everything of another brand looks like something that never was: same status, same body, over real HTTP."""

import re

import httpx
import pytest
from django.conf import settings

from kernel.ids import public_id
from shared_apps.brands.entering import brand_entered
from tenant_apps.console.management.story.browsing import Browser
from tenant_apps.console.management.story.setting import PARTNERS_SITE, PASSWORD, Cast
from tenant_apps.customers.models import Lead
from tenant_apps.orders.models import Order
from tenant_apps.settlements.models import Period, Settlement, Statement
from tenant_apps.tracking.models import Event
from tests.running import Installation

NEVER = 987_654_321


@pytest.fixture(scope="module")
def casts(installation: Installation) -> tuple[Cast, Cast]:
    """Aurora, where a month was sold and settled, and Hanok, where nothing ever happened."""
    ours, theirs = installation.cast(0, "foreign"), installation.cast(1, "foreign")
    story = installation.story(ours)
    story.to_third_of_next_month()
    story.visit()
    story.ask()
    story.buy(ours.offers[1], email="lea.sommer@example.com", name="Lea Sommer", by=story.visitor)
    story.settle(story.to_second_of_next_month())
    return ours, theirs


def read(browser: Browser, path: str, **options: object) -> tuple[int, str]:
    """Return status and body, without what differs from request to request anyway."""
    answer = browser.client.get(path, follow_redirects=False, **options)  # type: ignore[arg-type]
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.text)
    return answer.status_code, text.replace(path, "")


def test_console_pages_of_another_brand_are_as_unknown_as_any(
    installation: Installation, casts: tuple[Cast, Cast]
) -> None:
    ours, theirs = casts
    with brand_entered(ours.brand):
        found = {
            "orders/order": Order.objects.get().pk, "customers/lead": Lead.objects.get().pk,
            "settlements/period": Period.objects.get().pk, "settlements/settlement": Settlement.objects.get().pk,
            "settlements/statement": Statement.objects.get().pk,
        }  # fmt: skip
    with installation.operator(ours, "admin") as at_home, installation.operator(theirs, "admin") as stranger:
        for noun, pk in found.items():
            assert read(at_home, f"/console/{noun}/{pk}/change/")[0] == 200
            foreign, unknown = (read(stranger, f"/console/{noun}/{key}/change/") for key in (pk, NEVER))
            assert foreign == unknown
            assert foreign[0] == 404
        for kind in ("pdf", "csv", "html"):
            address = "/console/statements/{}." + kind
            assert read(at_home, address.format(found["settlements/statement"]))[0] == 200
            foreign, unknown = (read(stranger, address.format(key)) for key in (found["settlements/statement"], NEVER))
            assert foreign == unknown
            assert foreign[0] == 404


def test_verbs_on_another_brands_things_do_nothing(installation: Installation, casts: tuple[Cast, Cast]) -> None:
    ours, theirs = casts
    with brand_entered(ours.brand):
        order, settlement = Order.objects.get(), Settlement.objects.get()
        before = (order.refunded_minor, order.fulfilment_state, settlement.state)
    with installation.operator(theirs, "admin") as stranger:
        page = stranger.get("/console/")
        token = stranger.client.cookies[settings.CSRF_COOKIE_NAME]
        for verb in (f"orders/{order.pk}/refund", f"orders/{order.pk}/fulfil", f"settlements/{settlement.pk}/approve"):
            answer = stranger.client.post(
                f"/console/verbs/{verb}", data={"csrfmiddlewaretoken": token, "amount": "1.00", "reason": "mine"},
                headers={"Referer": f"http://{stranger.host}{page.url.path}"},
            )  # fmt: skip
            assert answer.status_code == 404
    with brand_entered(ours.brand):
        order.refresh_from_db()
        settlement.refresh_from_db()
        assert (order.refunded_minor, order.fulfilment_state, settlement.state) == before


def test_a_session_opens_only_the_brand_it_was_begun_at(installation: Installation, casts: tuple[Cast, Cast]) -> None:
    ours, theirs = casts
    with installation.operator(ours, "admin") as at_home, installation.visitor(theirs) as stranger:
        stolen = at_home.client.cookies[settings.SESSION_COOKIE_NAME]
        anonymous = read(stranger, "/console/")
        assert anonymous[0] == 302
        with_cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={stolen}"}
        assert read(stranger, "/console/", headers=with_cookie) == anonymous
        assert read(stranger, "/api/v1/leads", headers=with_cookie) == read(stranger, "/api/v1/leads")
        assert read(stranger, "/api/v1/leads")[0] == 401
    with installation.visitor(theirs) as stranger, pytest.raises(AssertionError, match="could not sign in"):
        stranger.sign_in(ours.people["admin"], PASSWORD)


def test_a_receipt_opens_only_at_its_brand(installation: Installation, casts: tuple[Cast, Cast]) -> None:
    ours, theirs = casts
    with installation.visitor(ours) as customer:
        page = customer.get(f"/o/{ours.offers[1].slug}/")
        sent = customer.submit(page, email="receipt@example.com", name="Re Ceipt")
        assert sent.is_redirect
        checkout = httpx.get(sent.headers["location"]).text
        back = re.search(r'href="(http[^"]*/checkout/return\?[^"]+)"', checkout)
        assert back is not None
        path = back[1].replace("&amp;", "&").partition(customer.host)[2]
        assert read(customer, path)[0] == 200
    with installation.visitor(theirs) as stranger:
        foreign = read(stranger, path)
        assert foreign == read(stranger, f"/checkout/return?order={public_id('ord')}:forged")
        assert foreign[0] == 404
        assert read(stranger, f"/o/{ours.offers[1].slug}/") == read(stranger, "/o/never-was/")


def test_api_ids_of_another_brand_are_as_unknown_as_any(installation: Installation, casts: tuple[Cast, Cast]) -> None:
    ours, theirs = casts
    with brand_entered(ours.brand):
        lead = Lead.objects.get().public_id
    with installation.operator(ours, "admin") as at_home, installation.operator(theirs, "admin") as stranger:
        assert read(at_home, f"/api/v1/leads/{lead}")[0] == 200
        foreign = read(stranger, f"/api/v1/leads/{lead}")
        assert foreign == read(stranger, f"/api/v1/leads/{public_id('led')}")
        assert foreign[0] == 404


def test_a_site_key_opens_only_its_brand(installation: Installation, casts: tuple[Cast, Cast]) -> None:
    ours, theirs = casts

    def ask(key: str) -> tuple[int, str]:
        lead = {"email": "x@example.com", "name": "X", "message": "?", "offer": theirs.offers[0].slug}
        with installation.visitor(theirs) as stranger:
            answer = stranger.client.post(
                "/w/v1/leads", json={"site": key, "visitor": public_id("vis"), "lead": lead},
                headers={"Origin": f"https://{PARTNERS_SITE}"},
            )  # fmt: skip
        return answer.status_code, answer.text.replace(key, "")

    foreign = ask(ours.site_key)
    assert foreign == ask(ours.site_key[:-4] + "zzzz")
    assert foreign[0] in (403, 404)
    with brand_entered(theirs.brand):
        assert (Lead.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize("host", ["nowhere.localhost", "aurora.localhost.evil.example", "127.0.0.1", "_", "a" * 200])
def test_an_unknown_host_has_a_page_of_its_own(installation: Installation, casts: tuple[Cast, Cast], host: str) -> None:
    def asked(path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{installation.stack.web_port}{path}", headers={"Host": host})

    answers = [asked(path) for path in ("/", "/console/", "/api/v1/leads", f"/o/{casts[0].offers[0].slug}/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert casts[0].brand.name not in answers[0].text
    assert "default-src 'none'" in answers[0].headers["content-security-policy"]
