"""How a person looks at our pages: two widths, light and dark; nothing may overflow, bar the way or go wrong."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tenant_apps.console.management.story.setting import PASSWORD, Cast
from tests.browser.barriers import barriers
from tests.running import Installation, together

# PICTURES=1 keeps a picture of each page, in each width and scheme, as a person sees it.
SHOTS = Path(__file__).parents[2] / ".local" / "screenshots"
PICTURES = bool(os.environ.get("PICTURES"))
WIDTHS = (390, 1440)
OVERFLOWING = """(width) => document.documentElement.scrollWidth > width ? [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > width + 1 && getComputedStyle(one).position !== "fixed")
  .slice(0, 5).map((one) => one.outerHTML.slice(0, 160)) : []"""


class Looker:
    """A person's browser at one brand, and everything the pages complained about meanwhile."""

    def __init__(self, browser: Browser, installation: Installation, cast: Cast) -> None:
        self.installation, self.cast = installation, cast
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="en-GB", accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._weigh)

    def goto(self, path: str) -> None:
        """Open a page of the brand."""
        self.page.goto(self.installation.stack.url(self.cast.domain, path))

    def sign_in(self, role: str) -> None:
        """Sign in at the console's door."""
        self.goto("/console/")
        self.page.locator("input[name=login]").fill(self.cast.people[role])
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("form[action*=login] button[type=submit], form[method=post] button").first.click()
        self.page.wait_for_url("**/console/")

    def look(self, name: str) -> None:
        """Look at the page in both widths, light and dark: nothing may overflow or stand in a person's way."""
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            if "/console/" in self.page.url:
                self.page.reload()  # Unfold decides once, when the page is built
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.wait_for_load_state("networkidle")
                assert self.page.evaluate(OVERFLOWING, width) == [], f"{name} overflows at {width}"
                shoot(self.page, f"{name}-{scheme}-{width}")
            assert barriers(self.page, only_colours=scheme == "dark") == [], f"{name}, {scheme}"
        assert self.complaints == [], "\n".join(self.complaints)

    def shoot(self, name: str) -> None:
        """Look at the page as it stands, in both widths, without loading it again: what was typed stays."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate(OVERFLOWING, width) == [], f"{name} overflows at {width}"
            shoot(self.page, f"{name}-{width}")

    def close(self) -> None:
        """End the session; nothing may have gone wrong in it."""
        self.context.close()
        assert self.complaints == [], "\n".join(self.complaints)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _weigh(self, response: Any) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page, where pictures are wanted."""
    if PICTURES:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True, animations="disabled")


def aside[Answer](call: Callable[[], Answer]) -> Answer:
    """Ask the database beside the browser, whose event loop makes Django refuse it here."""
    (answer,) = together(call)
    if isinstance(answer, Exception):
        raise answer
    return answer  # type: ignore[no-any-return]
