"""The tracker on somebody's website, in a real browser: honest before consent, useful after, never in the way."""

import re
from datetime import datetime
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import BrandHost, Website

LANDING = "/shop?via=MINA10&utm_source=blog&utm_campaign=autumn&utm_id=7&gclid=g-1"
FORM = """<form data-tributary-lead><label>E-mail <input name=email type=email></label>
<label>Name <input name=name></label><input type=hidden name=country value=KR>
<input type=hidden name=nonce value=secret><button>Send</button></form>"""


def visit(page: Page, website: Website, brand_host: BrandHost, path: str = LANDING) -> None:
    """Open the page and wait until its page view has been told."""
    before = len(brand_host.events("page_view"))
    with page.expect_response(
        lambda response: response.url.endswith("/w/v1/events") and response.request.method == "POST"
    ):
        page.goto(website.origin + path)
    assert len(brand_host.events("page_view")) == before + 1


def stored(page: Page, context: BrowserContext) -> dict[str, object]:
    """Everything a browser could remember about the visitor."""
    return {
        "local": page.evaluate("({...localStorage})"),
        "session": page.evaluate("({...sessionStorage})"),
        "cookies": context.cookies(),
        "databases": page.evaluate("indexedDB.databases().then(all => all.length)"),
    }


NOTHING = {"local": {}, "session": {}, "cookies": [], "databases": 0}


def consent_mode(state: str) -> str:
    """Write what a consent banner leaves for Google's tags before ours runs."""
    default, update = '["consent","default",{ad_storage:"denied"}]', f'["consent","update",{{ad_storage:"{state}"}}]'
    return f'<script nonce=shop>dataLayer=[{default},["js"],{update}]</script>'


def test_an_event_says_where_the_visitor_came_from(
    page: Page, context: BrowserContext, website: Website, brand_host: BrandHost
) -> None:
    context.add_cookies([{"name": "signed_in", "value": "yes", "url": brand_host.origin}])
    website.embed('data-consent="none" data-placement="footer"')
    visit(page, website, brand_host)
    (call,) = brand_host.calls("/w/v1/events")
    assert call["type"] == "application/json"
    assert call["cookie"] is None
    assert set(call["body"]) == {"site", "visitor", "events"}
    assert call["body"]["site"] == "pk_site_1"
    assert re.fullmatch(r"vis_[0-9a-f-]{36}", call["body"]["visitor"])
    (event,) = call["body"]["events"]
    assert UUID(event.pop("id")).version == 4
    assert datetime.fromisoformat(event.pop("at")).utcoffset() is not None
    assert event == {
        "type": "page_view",
        "url": website.origin + LANDING,
        "via": "MINA10",
        "utm": {"source": "blog", "campaign": "autumn"},
        "click_id": "g-1",
        "placement": "footer",
    }


def test_a_referrer_and_the_short_code_are_read_too(page: Page, website: Website, brand_host: BrandHost) -> None:
    website.embed('data-consent="none"', body='<a id=next href="/deal?ref=ANA&tclid=t-9">next</a>')
    visit(page, website, brand_host, "/")
    with page.expect_response("**/w/v1/events"):
        page.click("#next")
    event = brand_host.events("page_view")[-1]
    assert (event["via"], event["click_id"], event["referrer"]) == ("ANA", "t-9", website.origin + "/")
    assert event["utm"] == {}


@pytest.mark.parametrize(
    ("consent", "queue"),
    [("none", consent_mode("granted")), ("auto", ""), ("auto", consent_mode("denied"))],
    ids=["none", "auto without a word", "auto denied"],
)
def test_nothing_is_stored_before_consent(
    page: Page, context: BrowserContext, website: Website, brand_host: BrandHost, consent: str, queue: str
) -> None:
    website.embed(f'data-consent="{consent}"', before=queue)
    visit(page, website, brand_host)
    first = page.evaluate("tributary.visitor()")
    assert page.evaluate("tributary.visitor()") == first
    assert stored(page, context) == NOTHING
    visit(page, website, brand_host)
    assert page.evaluate("tributary.visitor()") != first
    assert stored(page, context) == NOTHING


@pytest.mark.parametrize(
    ("consent", "queue"),
    [("granted", ""), ("auto", consent_mode("granted"))],
    ids=["by attribute", "by Google Consent Mode"],
)
def test_with_consent_the_visitor_keeps_one_id(
    page: Page, context: BrowserContext, website: Website, brand_host: BrandHost, consent: str, queue: str
) -> None:
    website.embed(f'data-consent="{consent}"', before=queue)
    visit(page, website, brand_host)
    own = brand_host.received[0]["body"]["visitor"]
    assert stored(page, context) == NOTHING | {"local": {"tributary": own}}
    visit(page, website, brand_host, "/")
    assert brand_host.received[-1]["body"]["visitor"] == own


def test_consent_can_be_given_and_withdrawn_by_the_page(
    page: Page, context: BrowserContext, website: Website, brand_host: BrandHost
) -> None:
    website.embed('data-consent="none"')
    visit(page, website, brand_host)
    before = page.evaluate("tributary.visitor()")
    page.evaluate("tributary.consent(true)")
    assert stored(page, context) == NOTHING | {"local": {"tributary": before}}
    page.evaluate("tributary.consent(false)")
    assert stored(page, context) == NOTHING


def test_links_to_the_brand_carry_visitor_and_code(page: Page, website: Website, brand_host: BrandHost) -> None:
    links = (
        f'<a id=brand href="{brand_host.origin}/offers/tour?size=2#dates"><b>Book</b></a><a id=other href="/else">x</a>'
    )
    website.embed('data-consent="none"', body=links)
    visit(page, website, brand_host)
    own = page.evaluate("tributary.visitor()")
    with page.expect_navigation(url=brand_host.origin + "/**"):
        page.click("#brand b")
    assert page.url == f"{brand_host.origin}/offers/tour?size=2&tv={own}&via=MINA10#dates"
    assert len(brand_host.events("click")) == 1
    visit(page, website, brand_host)
    with page.expect_navigation(url=website.origin + "/else"):
        page.click("#other")
    assert page.url == website.origin + "/else"
    assert len(brand_host.events("click")) == 1


def test_a_lead_form_is_sent_and_answered_in_words(page: Page, website: Website, brand_host: BrandHost) -> None:
    website.embed('data-consent="none"', body=FORM.replace("<form", '<form data-success="We call you today."'))
    visit(page, website, brand_host)
    page.get_by_label("E-mail").fill("kim@shop.example")
    page.get_by_label("Name").fill("김하늘")
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_have_text("We call you today.")
    (call,) = brand_host.calls("/w/v1/leads")
    assert call["body"] == {
        "site": "pk_site_1",
        "visitor": page.evaluate("tributary.visitor()"),
        "lead": {"email": "kim@shop.example", "name": "김하늘", "country": "KR"},
    }
    assert len(brand_host.events("lead_form_opened")) == 1
    assert page.url == website.origin + LANDING


def test_a_refused_lead_is_said_and_can_be_sent_again(page: Page, website: Website, brand_host: BrandHost) -> None:
    brand_host.refusal = {"code": "invalid_input", "message": "lead.email: this is not an address", "details": {}}
    website.embed('data-consent="none"', body=FORM)
    visit(page, website, brand_host)
    page.get_by_label("E-mail").fill("kim@shop")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_text("lead.email: this is not an address")
    brand_host.refusal = None
    page.get_by_label("E-mail").fill("kim@shop.example")
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_have_text("Thank you.")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_page_may_tell_events_and_leads_itself(page: Page, website: Website, brand_host: BrandHost) -> None:
    website.embed('data-consent="none"')
    visit(page, website, brand_host)
    with page.expect_response("**/w/v1/events"):
        page.evaluate("tributary.track('checkout_opened', {placement: 'sidebar'})")
    assert [event["placement"] for event in brand_host.events("checkout_opened")] == ["sidebar"]
    assert page.evaluate("tributary.lead({email: 'a@b.example', offer: 'ofr_1'})") == {"accepted": 1}
    brand_host.refusal = {"code": "invalid_input", "message": "no", "details": {}}
    assert page.evaluate("tributary.lead({}).catch(refusal => refusal.code)") == "invalid_input"


def test_the_page_works_when_the_brand_is_away_or_storage_is_blocked(
    page: Page, website: Website, brand_host: BrandHost
) -> None:
    website.embed('data-consent="granted"', body=FORM)
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})")
    visit(page, website, brand_host)
    assert page.evaluate("tributary.visitor()").startswith("vis_")
    page.route("**/w/v1/*", lambda route: route.abort())
    page.evaluate("tributary.consent(false); tributary.track('page_view')")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
