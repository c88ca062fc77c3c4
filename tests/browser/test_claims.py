"""A partner claims a sale that nobody was credited with; finance sees what it moves and decides."""

import pytest
from playwright.sync_api import Browser, expect

from shared_apps.brands.entering import brand_entered
from tenant_apps.attribution.queries import attribution_of_order
from tenant_apps.console.management.story.browsing import until
from tenant_apps.console.management.story.setting import PARTNER, PASSWORD, Cast
from tenant_apps.disputes.models import CreditDispute
from tests.browser.looking import Looker, aside
from tests.running import PATIENCE, Installation

pytestmark = pytest.mark.slow


def test_a_claim_from_the_portal_to_its_decision(browser: Browser, installation: Installation, sold: Cast) -> None:
    story = installation.story(sold)

    def sell() -> int:
        order = story.place(sold.offers[0], email="per.dal@example.com", name="Per Dal")
        with brand_entered(sold.brand):
            until(lambda: attribution_of_order(order.public_id), what="the decision of the sale", seconds=PATIENCE)
        return order.number

    number = aside(sell)
    partner = Looker(browser, installation, sold)
    page = partner.page
    page.goto(installation.stack.url("partners.localhost", "/"))
    page.locator("input[name=login]").fill(PARTNER["email"])
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/partners.localhost**/")
    page.goto(installation.stack.url("partners.localhost", f"/enter/{sold.brand.public_id}/"))
    page.wait_for_url("**/portal/")
    expect(page.get_by_role("heading", name="What to expect")).to_be_visible()
    partner.look("portal-earnings")
    partner.goto("/portal/claims/")
    partner.look("portal-claims-empty")
    page.get_by_role("link", name="Claim credit").click()
    page.get_by_label("Number of the order").fill(f"#{number}")
    page.get_by_label("Part of the credit that is yours").fill("1")
    page.get_by_label("What happened").fill("He read my post before he ordered.")
    page.get_by_role("button", name="Show what it brings").click()
    expect(page.get_by_text("Any other you can file with what shows that it is yours")).to_be_visible()
    partner.look("portal-claim-new")
    page.get_by_role("button", name="File the claim").click()
    page.wait_for_url("**/portal/claims/crd_*/")
    expect(page.get_by_role("heading", name=f"Claim on sale #{number}")).to_be_visible()
    partner.look("portal-claim")
    partner.close()

    waiting = aside(lambda: submitted_at(sold))
    operations = Looker(browser, installation, sold)
    operations.sign_in("operations")
    operations.goto(f"/console/disputes/creditdispute/{waiting.pk}/change/")
    expect(operations.page.get_by_role("heading", name="Open it up")).to_be_visible()
    operations.look("console-claim-submitted")
    operations.page.get_by_role("button", name="Open the claim up").click()
    expect(operations.page.get_by_text("The claim is opened up")).to_be_visible()
    operations.close()

    def heard() -> CreditDispute:
        with brand_entered(sold.brand):
            return until(
                lambda: CreditDispute.objects.filter(state="hearing").first(), what="the claim", seconds=PATIENCE
            )

    claim = aside(heard)
    finance = Looker(browser, installation, sold)
    finance.sign_in("finance")
    finance.goto(f"/console/disputes/creditdispute/{claim.pk}/change/")
    expect(finance.page.get_by_text("A rehearsal: nothing is booked.")).to_be_visible()
    finance.look("console-claim")
    finance.page.get_by_label("Why: both sides read it").fill("He asked about it on the blog.")
    finance.page.get_by_label("to confirm").fill(claim.public_id[-4:])
    finance.page.get_by_role("button", name="Decide the claim").click()
    expect(finance.page.get_by_text("Both sides see it now.")).to_be_visible()
    finance.close()


def submitted_at(sold: Cast) -> CreditDispute:
    """The claim that the partner submitted."""
    with brand_entered(sold.brand):
        return CreditDispute.objects.get(state="submitted")
