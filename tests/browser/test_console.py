"""Operators at the console: where money stands, why an amount is what it is, closing a month with two people."""

import re

import pytest
from playwright.sync_api import Browser, expect

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from tenant_apps.console.management.story.browsing import until
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.settlements.models import Statement
from tenant_apps.settlements.queries import open_periods
from tests.browser.looking import Looker, aside
from tests.running import PATIENCE, Installation

pytestmark = pytest.mark.slow


def test_sign_in_and_find_out_why_an_amount_is_what_it_is(
    browser: Browser, installation: Installation, sold: Cast
) -> None:
    operator = Looker(browser, installation, sold)
    page = operator.page
    operator.goto("/console/")
    page.wait_for_url("**/accounts/login/**")
    operator.look("sign-in")
    operator.sign_in("operations")
    operator.look("console-home")
    operator.goto("/console/orders/order/")
    operator.look("console-orders")
    page.locator("#result_list a", has_text="#1").first.click()
    page.wait_for_url("**/change/")
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    moments = page.locator(".tb-timeline li")
    told = ["Order placed", "Payment received", "Attribution decided", "Commission accrued", "Fulfilled"]
    for said in told:
        expect(moments.filter(has_text=said).first).to_be_visible()
    # An amount opens to its steps where it stands.
    why = page.locator(".tb-timeline details").first
    expect(why.locator("dl")).to_be_hidden()
    why.locator("summary").click()
    expect(why.locator("dl")).to_be_visible()
    expect(why).to_contain_text(re.compile(r"10\s?%|0\.10?"))
    operator.look("console-order")
    page.locator(".tb-timeline a", has_text="Commission accrued").first.click()
    expect(page.get_by_role("heading", name="How this amount came about")).to_be_visible()
    operator.look("console-commission")
    operator.goto("/console/attribution/attribution/")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/")
    operator.look("console-attribution")
    operator.goto("/console/programs/enrollment/")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/")
    operator.look("console-enrollment")
    operator.close()


def test_from_an_account_to_what_caused_it_in_three_clicks(
    browser: Browser, installation: Installation, sold: Cast
) -> None:
    finance = Looker(browser, installation, sold)
    page = finance.page
    finance.sign_in("finance")
    finance.goto("/console/ledger/account/")
    finance.look("console-ledger")
    finance.goto("/console/books/trial-balance/")
    expect(page.get_by_text("Debits and credits are equal.")).to_be_visible()
    finance.look("console-trial-balance")
    finance.goto("/console/ledger/account/")
    page.locator("#result_list a[href*='/ledger/account/']").first.click()
    page.wait_for_url("**/account/*/change/")
    finance.look("console-account")
    page.locator(".tb-table a[href*='/ledger/entry/']").first.click()
    page.wait_for_url("**/entry/*/change/")
    finance.look("console-entry")
    page.locator("dd a.tb-link").first.click()
    page.wait_for_url("**/orders/order/*/change/")
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    finance.close()


def test_two_people_close_a_month_and_read_its_statement(
    browser: Browser, installation: Installation, sold: Cast
) -> None:
    def month() -> str:
        with brand_entered(sold.brand):
            return open_periods(now())[-1].label

    label = aside(month)
    first = Looker(browser, installation, sold)
    first.sign_in("finance")
    first.goto("/console/settlements/period/")
    first.look("console-periods")
    first.page.get_by_role("link", name="Preview the close").first.click()
    first.page.wait_for_url("**/periods/close/*")
    expect(first.page.get_by_role("heading", name="Settlements that would be drawn up")).to_be_visible()
    expect(first.page.locator(".tb-table").first).to_contain_text("51.05")
    first.look("console-close-preview")
    address = first.page.url
    first.page.get_by_label("to confirm").fill("yes")
    first.page.get_by_role("button", name="Close the period").click()
    expect(first.page.get_by_text(f"Type {label} to close it.")).to_be_visible()
    first.page.goto(address)
    first.page.get_by_label("to confirm").fill(label)
    first.page.get_by_role("button", name="Close the period").click()
    first.page.wait_for_url("**/period/*/change/")
    address = first.page.url
    # Whoever closed cannot approve.
    first.page.get_by_role("button", name="Approve all drafts").click()
    expect(first.page.locator(".tb-table .tb-chip", has_text="draft").first).to_be_visible()
    first.look("console-period")
    first.close()

    second = Looker(browser, installation, sold)
    second.sign_in("second finance")
    second.page.goto(address)
    second.page.get_by_role("button", name="Approve all drafts").click()
    expect(second.page.get_by_text("1 settlement approved")).to_be_visible()

    def issued() -> int:
        with brand_entered(sold.brand):
            return until(Statement.objects.first, what="the statement", seconds=PATIENCE).pk

    statement = aside(issued)
    second.goto("/console/settlements/settlement/")
    second.page.locator("#result_list tbody a").first.click()
    second.page.wait_for_url("**/settlement/*/change/")
    second.look("console-settlement")
    second.goto(f"/console/settlements/statement/{statement}/change/")
    preview = second.page.frame_locator("iframe")
    expect(preview.get_by_text("51.05").first).to_be_visible()
    second.look("console-statement")
    # Fetched by the page itself: only Chromium knows where *.localhost is.
    head = second.page.evaluate(
        "address => fetch(address).then(answer => answer.text()).then(text => text.slice(0, 7))",
        f"/console/statements/{statement}.pdf",
    )
    assert head == "%PDF-1."
    second.close()
