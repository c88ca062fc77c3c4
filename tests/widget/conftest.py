"""A website and a brand host of our own, on real sockets: two origins, as in life."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

DIST = Path(__file__).parents[2] / "widget" / "dist"


@dataclass
class BrandHost:
    """Serve the tracker, answer its calls with CORS, and remember what came."""

    origin: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    refusal: dict[str, Any] | None = None

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        found = [event for call in self.received if call["path"] == "/w/v1/events" for event in call["body"]["events"]]
        return [event for event in found if kind in (None, event["type"])]

    def calls(self, path: str) -> list[dict[str, Any]]:
        return [call for call in self.received if call["path"] == path]


@dataclass
class Website:
    """Serve whatever page a test writes, under a policy that allows the brand's host and nothing else."""

    origin: str = ""
    brand: str = ""
    html: str = ""

    def embed(self, attributes: str, body: str = "", before: str = "") -> None:
        self.html = (
            f"<!doctype html><html lang=en><title>Shop</title>{before}<body>{body}"
            f'<script async src="{self.brand}/w/v1/t.js" data-site="pk_site_1" {attributes}></script>'
        )


def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def brand_host() -> Iterator[BrandHost]:
    host = BrandHost()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Stay quiet."""

        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.send_header("access-control-allow-origin", self.headers["origin"] or "*")
            self.send_header("access-control-allow-headers", "content-type")
            self.send_header("vary", "origin")
            self.end_headers()
            self.wfile.write(body)

        def do_OPTIONS(self) -> None:
            self.answer(204, b"", "text/plain")

        def do_GET(self) -> None:
            if self.path == "/w/v1/t.js":
                self.answer(200, (DIST / "t.js").read_bytes(), "text/javascript")
            else:
                self.answer(200, b"<!doctype html><title>Offer</title>", "text/html")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            kind, cookie = self.headers["content-type"], self.headers["cookie"]
            host.received.append({"path": self.path, "body": body, "type": kind, "cookie": cookie})
            refused = host.refusal if self.path == "/w/v1/leads" else None
            self.answer(422 if refused else 202, json.dumps(refused or {"accepted": 1}).encode(), "application/json")

    for origin in _serving(Handler):
        host.origin = origin
        yield host


@pytest.fixture
def website(brand_host: BrandHost) -> Iterator[Website]:
    site = Website(brand=brand_host.origin)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Stay quiet."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            policy = f"default-src 'none'; script-src {site.brand} 'nonce-shop'; connect-src {site.brand}"
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(site.html.encode())

    for origin in _serving(Handler):
        site.origin = origin
        yield site


# Not for the session: while Playwright runs, its event loop makes Django refuse the database to every other test.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for one module."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs Chromium: `make setup` installs it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    fresh = browser.new_context()
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Give a page that fails the test when anything is thrown on it."""
    opened = context.new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    assert thrown == []
