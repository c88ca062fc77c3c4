"""An operator tries other terms over last month from the contract editor and reads who gains, who loses, and why."""

import pytest
from playwright.sync_api import Browser, expect

from tenant_apps.console.management.story.setting import Cast
from tests.browser.looking import Looker
from tests.running import Installation

pytestmark = pytest.mark.slow


def test_edited_terms_are_tried_over_last_month(browser: Browser, installation: Installation, sold: Cast) -> None:
    admin = Looker(browser, installation, sold)
    page = admin.page
    admin.sign_in("admin")
    admin.goto("/console/reports/simulation/")
    admin.look("console-simulations-empty")
    admin.goto("/console/programs/enrollment/")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/")
    page.get_by_role("link", name="Draft a version").click()
    page.wait_for_url("**/draft")
    first = page.locator(".tb-rule").first
    first.get_by_label("Pays").select_option("net")
    first.get_by_label("How much").fill("60")
    page.get_by_role("button", name="Simulate").click()
    page.wait_for_url("**/simulations/new")
    expect(page.get_by_text("As edited for")).to_be_visible()
    page.get_by_role("button", name="Simulate").click()
    page.wait_for_load_state("load")
    page.wait_for_url("**/reports/simulation/*/change/")
    expect(page.get_by_role("heading", name="Who gains, who loses")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("costs more")).to_be_visible()
    expect(page.get_by_role("heading", name="Lines that differ")).to_be_visible()
    page.get_by_text("Why this amount").first.click()
    admin.look("console-simulation")
    page.get_by_label("Format").select_option("json")
    page.get_by_role("button", name="Write the file").click()
    page.wait_for_url("**/reports/export/*/change/")
    admin.goto("/console/simulations/new")
    admin.look("console-simulate")
    admin.close()
