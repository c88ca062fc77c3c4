"""Operators hear a claim beside the money it moves, decide it, and read what is owed down to a file."""

import pytest
from playwright.sync_api import Browser, expect

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.disputes.actions import open_dispute
from tenant_apps.disputes.models import CreditDispute
from tests.browser.looking import Looker, aside
from tests.commissions import selling
from tests.disputes.claiming import OPS, PROOF
from tests.running import Installation

pytestmark = pytest.mark.slow


def test_a_claim_is_heard_and_decided(browser: Browser, installation: Installation, sold: Cast) -> None:
    finance = Looker(browser, installation, sold)
    page = finance.page

    def claim() -> CreditDispute:
        with brand_entered(sold.brand):
            line = Commission.objects.filter(kind="earning").order_by("-pk")[0]
            made = open_dispute(
                order_ref=line.order_ref, claimant=selling.partner("omar", selling.TEN_PERCENT),
                claimed="1/2", grounds="own_customer", statement="She came by my letter.", actor=OPS, at=now(),
                files=[PROOF],
            )  # fmt: skip
            while drain_schema():
                pass
            return made

    dispute = aside(claim)
    finance.sign_in("finance")
    finance.goto("/console/disputes/creditdispute/")
    finance.look("console-claims")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/")
    expect(page.get_by_role("heading", name="What granting it moves")).to_be_visible()
    finance.look("console-claim")
    page.get_by_label("Part of the sale", exact=False).first.fill("1/4")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**granted=1%2F4")
    page.get_by_label("Why: both sides read it").fill("A quarter is hers.")
    page.get_by_label(f"Type {dispute.public_id[-4:]} to confirm").fill(dispute.public_id[-4:])
    page.get_by_role("button", name="Decide the claim").click()
    expect(page.get_by_text("Both sides see it now.")).to_be_visible()
    finance.look("console-claim-decided")
    finance.close()


def test_what_is_owed_opens_to_its_lines_and_a_file(browser: Browser, installation: Installation, sold: Cast) -> None:
    finance = Looker(browser, installation, sold)
    page = finance.page
    finance.sign_in("finance")
    finance.goto("/console/reports/owed/")
    expect(page.get_by_role("heading", name="How fairly")).to_be_visible()
    finance.look("console-reports")
    page.get_by_role("button", name="Write the file").click()
    page.wait_for_url("**/reports/export/*/change/")
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=30_000)
    finance.look("console-export")
    finance.close()
