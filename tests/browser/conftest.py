"""Chromium, for the time of a module: while it runs, Django refuses the database to this thread."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tenant_apps.console.management.story.setting import Cast
from tests.running import Installation


@pytest.fixture(scope="module")
def sold(installation: Installation, request: pytest.FixtureRequest) -> Cast:
    """A brand at the second of a month, with a fulfilled weekend, a guide and a lead in the month before."""
    cast = installation.cast(0, request.module.__name__.rpartition("test_")[2])
    story = installation.story(cast)
    story.to_third_of_next_month()
    story.visit()
    story.ask()
    first = story.buy(cast.offers[0], email="jin.park@example.com", name="Jin Park", by=story.visitor)
    story.buy(cast.offers[1], email="lea.sommer@example.com", name="Lea Sommer", by=story.visitor)
    story.fulfil(first)
    story.to_second_of_next_month()
    return cast


@pytest.fixture(scope="module")
def browser(sold: Cast) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs Chromium: `make setup` installs it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
