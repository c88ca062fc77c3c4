"""The hosted page as a customer's browser gets it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe
from playwright.sync_api import Browser, Page, sync_playwright

from sandbox.pages import ink_on
from sandbox.words import LANGUAGES
from tests.sandbox.running import Receiver, Sandbox, a_session, price

CHROMIUM = shutil.which("chromium")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GOOD = {"email": "kim@example.com", "card": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "Kim"}


def show(sandbox: Sandbox, session: Any, **headers: str) -> tuple[int, dict[str, str], str]:
    return sandbox.http("GET", f"/c/pay/{session.id}", headers=headers)


def send(sandbox: Sandbox, session: Any, **changes: str) -> tuple[int, dict[str, str], str]:
    return sandbox.http("POST", f"/c/pay/{session.id}", urlencode(GOOD | changes), FORM)


def test_the_page_shows_brand_lines_amount_and_badge(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, branding_settings={"display_name": "Aurora & Söhne"})
    status, _, html = show(sandbox, session)
    assert status == 200
    for shown in (
        "SANDBOX",
        "Aurora &amp; Söhne",
        "Consulting hour",
        "Qty 2 · €49.50 each",
        "€99.00",
        "Pay €109.00",
        'value="kim@example.com"',
        "4242 4242 4242 4242",
        "4000 0000 0000 0002",
        'href="https://shop.example/basket"',
    ):
        assert shown in html, shown


def test_nothing_is_loaded_from_elsewhere(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    _, headers, html = show(sandbox, a_session(client))
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    nonces = set(re.findall(r"nonce-([\w-]+)'", policy))
    assert set(re.findall(r'nonce="([\w-]+)"', html)) == nonces
    assert len(nonces) == 1
    assert re.findall(r'(?:src|action)="|@import|url\(', html) == []
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_text_from_outside_is_escaped(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    nasty = "<script>alert(1)</script>\"'"
    session = a_session(
        client,
        line_items=[{"price_data": price(nasty, 1000), "quantity": 1}],
        branding_settings={"display_name": nasty, "button_color": "red}</style><script>"},
        success_url="https://shop.example/?a=%22onload=x",
    )
    _, _, html = show(sandbox, session)
    assert html.count("<script") == 1
    assert "red}" not in html
    _, _, html = send(sandbox, session, name="", email='"><img>')
    assert "<img" not in html


def test_paying_sends_the_customer_back_with_the_session(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client)
    status, headers, _ = send(sandbox, session)
    assert (status, headers["location"]) == (303, f"https://shop.example/thanks?session={session.id}")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"
    for again in (send(sandbox, session), show(sandbox, session)):
        assert (again[0], again[1]["location"]) == (status, headers["location"])
    assert len(client.v1.charges.list().data) == 1


def test_a_decline_says_so_and_keeps_the_form_but_no_security_code(
    client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    session = a_session(client)
    status, _, html = send(sandbox, session, card="4000000000000002", cvc="987")
    assert status == 402
    assert 'role="alert"' in html
    assert "Your card was declined." in html
    assert "Nothing was charged." in html
    assert 'value="Kim"' in html
    assert "987" not in html
    assert send(sandbox, session)[0] == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "kim"),
        ("card", "4111 1111 1111 1111"),
        ("card", ""),
        ("expiry", "01 / 20"),
        ("expiry", "13 / 34"),
        ("cvc", "12"),
        ("cvc", "abc"),
        ("name", ""),
    ],
)
def test_a_wrong_field_is_marked_and_nothing_is_charged(
    client: stripe.StripeClient, sandbox: Sandbox, field: str, value: str
) -> None:
    session = a_session(client)
    status, _, html = send(sandbox, session, **{field: value})
    assert status == 422
    assert re.findall(r'aria-describedby="(\w+)-problem"', html) == [field]
    assert f'id="{field}-problem"' in html
    assert client.v1.payment_intents.list().data == []
    assert client.v1.events.list().data == []


def test_turning_back_leaves_the_session_open(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, cancel_url="https://shop.example/basket?s={CHECKOUT_SESSION_ID}")
    _, _, html = show(sandbox, session)
    assert f'href="https://shop.example/basket?s={session.id}"' in html
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_an_expired_checkout_and_an_unknown_one_are_told_apart(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client)
    client.v1.checkout.sessions.expire(session.id)
    for status, _, html in (show(sandbox, session), send(sandbox, session)):
        assert (status, "This checkout has expired" in html) == (410, True)
    for path in ("/c/pay/cs_test_none", "/c/pay/", "/favicon.ico", "/"):
        status, _, html = sandbox.http("GET", path)
        assert (status, "No such checkout" in html) == (404, True)
    assert client.v1.charges.list().data == []


def test_other_sites_cannot_pay(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client)
    path, body = f"/c/pay/{session.id}", urlencode(GOOD)
    status, _, _ = sandbox.http("POST", path, body, FORM | {"Origin": "https://evil.example"})
    assert status == 403
    assert sandbox.http("PUT", path, body, FORM)[0] == 405
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_the_page_speaks_the_sessions_language_then_the_browsers(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    _, _, html = show(sandbox, a_session(client, locale="ko"), **{"Accept-Language": "es"})
    assert '<html lang="ko">' in html
    assert "결제 정보" in html
    for accepted, lang in (("es-MX,es;q=0.9", "es"), ("ko-KR", "ko"), ("fr", "en")):
        _, _, html = show(sandbox, a_session(client, locale="auto"), **{"Accept-Language": accepted})
        assert f'<html lang="{lang}">' in html


def test_every_language_has_every_sentence() -> None:
    shapes = {
        lang: {key: set(re.findall(r"\{\w+\}", text)) for key, text in words.items()}
        for lang, words in LANGUAGES.items()
    }
    assert shapes["ko"] == shapes["en"]
    assert shapes["es"] == shapes["en"]


@pytest.mark.parametrize(
    ("accent", "ink"), [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#0f766e", "#ffffff"), ("#facc15", "#000000")]
)
def test_the_buttons_text_is_readable_on_any_colour(accent: str, ink: str) -> None:
    assert ink_on(accent) == ink


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield running
        running.close()


def opened(browser: Browser, session: Any, width: int, scheme: Any = "light") -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, locale="en-US", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(session.url)
    return page


def test_a_browser_is_declined_and_then_pays(browser: Browser, client: stripe.StripeClient, receiver: Receiver) -> None:
    """The way back ends at a server of the test's own: it answers 501 to a GET, which is all that is needed."""
    session = a_session(client, success_url=f"{receiver.url}?s={{CHECKOUT_SESSION_ID}}")
    page = opened(browser, session, 390)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.get_by_role("button", name="Use card 4000 0000 0000 0002").click()
    assert page.get_by_label("Card number").input_value() == "4000 0000 0000 0002"
    page.get_by_role("button", name="Pay €109.00").click()
    page.get_by_role("alert").wait_for()
    assert "Your card was declined." in page.get_by_role("alert").inner_text()
    page.get_by_label("Card number").fill("")
    page.get_by_label("Card number").type("4242424242424242")
    assert page.get_by_label("Card number").input_value() == "4242 4242 4242 4242"
    page.get_by_label("Security code").fill("123")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{receiver.url}?s={session.id}")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert problems == []
    page.context.close()


@pytest.mark.parametrize("width", [320, 390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_reads(browser: Browser, client: stripe.StripeClient, width: int, scheme: str) -> None:
    long = "Ein sehr langer Angebotsname: " + "Donaudampfschifffahrtsgesellschaftskapitän " * 3
    session = a_session(client, line_items=[{"price_data": price(long, 33_333_333, "krw"), "quantity": 3}])
    page = opened(browser, session, width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(_LOW_CONTRAST) == []
    targets = page.evaluate("[...document.querySelectorAll('button, input')].map(e => e.offsetHeight)")
    assert min(targets) >= 36
    unnamed = "[...document.querySelectorAll('input')].filter(e => !e.labels.length).length"
    assert page.evaluate(unnamed) == 0
    page.context.close()


def test_the_keyboard_walks_the_form_in_order(browser: Browser, client: stripe.StripeClient) -> None:
    page = opened(browser, a_session(client), 1440)
    walked = []
    for _ in range(7):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert walked == ["back", "email", "card", "expiry", "cvc", "name", "primary"]
    page.context.close()


# Every text against the first opaque background behind it; WCAG AA asks 4.5 (3.0 from 24 px on).
_LOW_CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    if (!text || !node.offsetHeight) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(rgb(style.color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), needed = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if (ratio < needed) low.push([text, ratio]);
  }
  return low;
}"""
