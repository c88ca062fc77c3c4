"""An operator writes a contract rule by rule, sees its mistakes and its preview, proposes it; the partner reads it."""

import pytest
from playwright.sync_api import Browser, expect

from shared_apps.brands.entering import brand_entered
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.programs.models import ContractVersion
from tests.browser.looking import Looker, aside
from tests.running import Installation

pytestmark = pytest.mark.slow


def test_a_contract_is_written_previewed_and_proposed(browser: Browser, installation: Installation, sold: Cast) -> None:
    operator = Looker(browser, installation, sold)
    page = operator.page
    operator.sign_in("operations")
    operator.goto("/console/programs/enrollment/")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/")
    page.get_by_role("link", name="Draft a version").click()
    page.wait_for_url("**/draft")
    cards = page.locator(".tb-rule")
    expect(cards.first).to_be_visible()
    operator.look("console-contract-editor")
    before = cards.count()
    assert before >= 1
    page.get_by_role("button", name="Add a rule").click()
    expect(cards).to_have_count(before + 1)
    added = cards.nth(before)
    # A mistake stands at its rule; without it the example order is paid.
    added.get_by_label("How much").fill("much")
    expect(added.locator("[data-wrong]")).to_contain_text("decimal string")
    added.get_by_label("How much").fill("12.5")
    expect(added.locator("[data-wrong]")).to_be_empty()
    added.get_by_label("Name").fill("half-price")
    added.get_by_role("button", name="Up").click()
    shown = page.locator("[data-shown]")
    expect(shown).to_contain_text("12.5 % of the net price")
    expect(shown).to_contain_text("The example order earns")
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("**/console/contracts/*")
    expect(page.get_by_role("heading", name="What differs from v1")).to_be_visible()
    operator.look("console-contract")
    page.get_by_label("Type v2 to propose").fill("v2")
    page.get_by_role("button", name="Propose to the partner").click()
    expect(page.get_by_role("button", name="Withdraw")).to_be_visible()
    expect(page.get_by_role("button", name="Propose to the partner")).to_have_count(0)

    def proposed() -> ContractVersion:
        with brand_entered(sold.brand):
            return ContractVersion.objects.get(state="proposed")

    rules = aside(proposed).rules
    assert {"id": "half-price", "pay": {"kind": "percent", "rate": "0.125", "base": "net"}} in rules
    operator.close()
