"""A page of every component in a real browser under a strict policy: nothing refused, nothing overflows."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone
from django_cotton.compiler_regex import CottonCompiler
from playwright.sync_api import Browser, expect, sync_playwright

from kernel.money import Money
from shared_apps.brands.rules import Theme, css_variables

THEME = Path(__file__).parents[2] / "themes/default"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
PAGE = """{% extends "tributary/base.html" %}
{% block nav %}{% include "tributary/nav.html" with label="Main" %}{% endblock %}
{% block main %}
<c-heading title="Earnings"><c-slot name="actions"><a class="btn" href="#">Statement</a></c-slot></c-heading>
<c-alert tone="warn" title="Incomplete">Add a number. <a href="#">Now</a></c-alert>
<div class="kpis">{% for n in three %}<c-kpi label="Payable" :amount="amount" note="soon" />{% endfor %}</div>
<div class="columns"><c-card title="Commissions" flush="yes"><table class="table rows"><caption>All</caption>
<thead><tr><th scope="col">Order</th><th scope="col">State</th><th scope="col" class="num">Amount</th></tr></thead>
<tbody><tr><th scope="row">Coast in three days<span class="sub id">ord_01kagq5r0xe00000000000000</span></th>
<td data-label="State"><c-status state="hold" /></td>
<td class="num" data-label="Amount"><c-explain :amount="amount" :steps="steps" /></td></tr></tbody></table>
<c-slot name="footer"><c-pagination :page="page" /></c-slot></c-card>
<div class="stack"><c-card title="One">
<dl class="facts"><dt>Order</dt><dd><c-copy value="ord_01kagq5r0xe00000000000000" /></dd></dl>
<c-timeline><c-timeline.item title="Paid" :at="now" tone="good">€5</c-timeline.item></c-timeline></c-card>
<form class="stack"><c-stepper :steps="words" current="2" />
<c-field name="email" type="email" label="E-mail" error="No." />
<div class="field"><label for="c">Country</label><select id="c"><option>ES</option></select></div>
<div class="field"><label for="k">Agree</label><input type="checkbox" id="k" checked></div>
<button class="btn wide">Go</button></form></div></div>
<c-empty title="No links" href="#" action="Create">Soon.</c-empty>{% endblock %}"""
TOO_SMALL = """[...document.querySelectorAll("a, button, summary, input, select")].filter((control) => {
  const box = control.getBoundingClientRect();
  return box.height && Math.min(box.height, box.width) < 24 && !control.closest(".alert, .skip");
}).map((control) => control.outerHTML)"""


def page_of_everything() -> str:
    """Render each component once, as a partner of a brand would see it."""
    context = {
        "brand": SimpleNamespace(name="Aurora", legal_name="Aurora GmbH", support_email="hello@aurora.example"),
        "theme_css_url": "/theme.css",
        "amount": Money(-128450, "EUR"),
        "three": range(3),
        "steps": [{"label": "10 %", "why": "contract v3", "result": "€1.00", "total": True}],
        "words": ["Person", "Account", "Review"],
        "page": Paginator(range(93), 20).page(2),
        "now": timezone.now(),
        "links": [
            {"label": word, "url": "#", "here": word == "Home"} for word in ("Home", "Links", "Earnings", "Payouts")
        ],
    }
    return engines["django"].from_string(CottonCompiler().process(PAGE)).render(context, RequestFactory().get("/"))


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Stay quiet."""

        def do_GET(self) -> None:
            if self.path == "/":
                body, kind = page_of_everything().encode(), "text/html; charset=utf-8"
            elif self.path == "/theme.css":
                body, kind = css_variables(Theme(primary="#ffcc00")).encode(), "text/css"
            else:
                body, kind = (THEME / self.path[1:]).read_bytes(), guess_type(self.path)[0] or "text/plain"
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-security-policy", POLICY)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


# Not for the session: while Playwright runs, its event loop makes Django refuse the database to every other test.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs Chromium: `make setup` installs it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("width", [320, 390, 800, 1440])
@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(248, 249, 251)"), ("dark", "rgb(12, 14, 19)")])
def test_everything_fits_and_nothing_is_refused(
    browser: Browser, origin: str, width: int, scheme: str, ground: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(origin)
    page.locator("summary").click()
    expect(page.get_by_text("contract v3")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_SMALL) == []
    assert complaints == []
    context.close()


def test_an_id_is_copied_and_said(browser: Browser, origin: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(origin)
    page.locator("[data-copy]").click()
    page.wait_for_selector("#spoken:not(:empty)", state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == "ord_01kagq5r0xe00000000000000"
    context.close()
