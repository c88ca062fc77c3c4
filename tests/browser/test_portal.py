"""A partner in a real browser: signs in once, sees both brands, takes a statement home."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from shared_apps.audit.actions import seal_record
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.outbox.draining import drain_schema
from shared_apps.partners.models import Partner
from tenant_apps.ledger.actions import seal_books
from tenant_apps.settlements import printing
from tenant_apps.settlements.actions import approve, close_period, issue_statement
from tenant_apps.settlements.models import Statement
from tests.browser.barriers import barriers
from tests.browser.looking import PICTURES, SHOTS, aside
from tests.browser.looking import shoot as keep_picture
from tests.conftest import brand_named
from tests.portal.visiting import PASSWORD, joined, user_of
from tests.settlements.books import ANNA, BEN, JUNE, MAY, clawed_back, earned

pytestmark = pytest.mark.slow
PATIENCE = 60_000  # for what the page asks by itself; it may take as long as a busy machine needs
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


# More lines than are printed at once where a part has so many: two pages.
LONG, PART = 40, 24


class Server(ThreadingMixIn, WSGIServer):
    """The application in threads of this process, each with its own connection, as in production."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def port(own_database: str, settings: Any, tmp_path: Path) -> Iterator[int]:
    settings.MEDIA_ROOT, settings.ACCOUNT_RATE_LIMITS = tmp_path, False
    settings.ALLOWED_HOSTS = ["*"]
    sell_at_both_brands()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    settings.PUBLIC_PORT = str(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def sell_at_both_brands() -> None:
    """One partner, a statement at each brand, a debt in euros at the second, and Ann who acts for it."""
    for name in ("Aurora", "Hanok"):
        brand = brand_named(name)
        enrollment = joined(brand)
        with brand_entered(brand):
            if name == "Hanok":
                clawed_back(earned(enrollment, 1_000, MAY), 3_320, MAY)
            for amount in (12_450, *([100] * LONG if name == "Aurora" else ())):
                earned(enrollment, amount, MAY, currency=brand.currency)
            for settlement in close_period(label="2026-05", actor=ANNA, at=JUNE).settlements.order_by("-pk"):
                issue_statement(settlement=approve(settlement=settlement, actor=BEN, at=JUNE), at=JUNE)
            while drain_schema():
                pass
            seal_record(at=JUNE)
            seal_books(at=JUNE)
    with public_entered():
        user_of(Partner.objects.get())


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_a_partner_signs_in_once_and_takes_a_statement_home(
    port: int, width: int, scheme: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs Chromium: `make setup` installs it")
    monkeypatch.setattr(printing, "PART_LINES", PART)
    monkeypatch.setattr(printing, "CHUNKS_AT_ONCE", 1)
    next(tmp_path.glob("statements/*aurora*/*.pdf")).unlink()
    # Started in the test: while Playwright runs, Django refuses the database to this thread.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale="en-US")
        visit(context, port, width)
        browser.close()


def visit(context: BrowserContext, port: int, width: int) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    # A statement's address at one brand leads through the partner host and back to it.
    page.goto(f"http://aurora.localhost:{port}/portal/statements/")
    page.get_by_role("link", name="Continue to sign-in").click()
    page.get_by_label("Email").fill("ann@nordlicht.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"http://aurora.localhost:{port}/portal/statements/")
    fits(page, width)
    take_home(page)
    # The other brand needs no second sign-in.
    page.goto(f"http://partners.localhost:{port}/")
    expect(page.get_by_role("heading", name="Aurora", exact=True)).to_be_visible()
    fits(page, width)
    read_across(page)
    page.goto(f"http://partners.localhost:{port}/")
    page.get_by_role("link", name="Open Hanok").click()
    page.wait_for_url(f"http://hanok.localhost:{port}/portal/")
    page.locator("table summary").first.click()
    expect(page.locator("details[open]").get_by_text("standard")).to_be_visible()
    fits(page, width)
    assert complaints == []


def go_on() -> None:
    """Print what the worker would print next."""
    with brand_entered(brand_named("Aurora")):
        printing.go_on_printing(Statement.objects.defer("snapshot").get())


def watch_it_printed(page: Page) -> None:
    """How far a long PDF is moves on the page by itself, up to the link that downloads it."""
    page.evaluate("window.stays = true")
    progress, link = page.locator("progress"), page.get_by_role("link", name="Download PDF")
    expect(progress).to_have_attribute("value", "0")
    aside(go_on)
    expect(progress).not_to_have_attribute("value", "0", timeout=PATIENCE)
    assert 0 < int(progress.get_attribute("value") or 0) < LONG + 1
    expect(link).to_have_count(0)
    while aside(is_printing):
        aside(go_on)
    expect(link).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("window.stays")


def is_printing() -> bool:
    with brand_entered(brand_named("Aurora")):
        return printing.being_printed(Statement.objects.defer("snapshot").get()) is not None


def take_home(page: Page) -> None:
    page.get_by_role("link", name="ST-2026-000001", exact=True).click()
    watch_it_printed(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").click()
    assert download.value.suggested_filename == "ST-2026-000001.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download proof").click()
    assert download.value.suggested_filename == "ST-2026-000001-v1.proof.json"
    shoot(page, "portal-statement")
    page.get_by_role("link", name="How to check").click()
    expect(page.get_by_role("heading", name="Roots of the record")).to_be_visible()
    fits(page, int(page.evaluate("innerWidth")))
    shoot(page, "proof")
    page.go_back()


def read_across(page: Page) -> None:
    """The month of both brands: each currency by itself, the debt told, and the same on paper."""
    page.get_by_role("link", name="Consolidated statement").click()
    expect(page.get_by_role("heading", name="Consolidated statement")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(3)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        shoot(page, f"consolidated-{scheme}")
    fits(page, int(page.evaluate("innerWidth")))
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    if PICTURES:
        download.value.save_as(SHOTS / "consolidated.pdf")


def shoot(page: Page, name: str) -> None:
    keep_picture(page, f"{name}-{page.evaluate('innerWidth')}")


def fits(page: Page, width: int) -> None:
    """Nothing overflows or stands in a person's way: at both brands, in both of their colours."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert barriers(page) == [], page.url
