"""What gives credit, seen by an operator and by a partner: deals, duplicates, the policy, why."""

import pytest
from playwright.sync_api import Browser, expect

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from tenant_apps.attribution.actions import suspect_duplicates
from tenant_apps.console.management.story.setting import DIRECTOR, PARTNER, PASSWORD, Cast
from tenant_apps.orders.actions import ToldSale, import_sale
from tenant_apps.orders.models import Order
from tests.browser.looking import Looker, aside
from tests.running import Installation

pytestmark = pytest.mark.slow


def test_a_partner_registers_a_prospect_and_the_brand_decides(
    browser: Browser, installation: Installation, sold: Cast
) -> None:
    partner = Looker(browser, installation, sold)
    page = partner.page
    partner.goto("/portal/deals/")
    partner.complaints.clear()  # 401: the way in
    page.get_by_role("link", name="Continue to sign-in").click()
    page.get_by_label("Email").fill(PARTNER["email"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/deals/")
    page.get_by_role("link", name="Register a prospect").click()
    page.get_by_label("Company or person").fill("Fjord Tours AS")
    page.get_by_label("Domain of its e-mails").fill("gmail.com")
    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_text("free mail providers do not count")).to_be_visible()
    partner.complaints.clear()  # 422, as it should be
    partner.look("portal-deal-new")
    partner.complaints.clear()
    page.get_by_label("Domain of its e-mails").fill("fjordtours.example")
    page.get_by_label("What you expect to sell").fill("12000")
    page.get_by_role("button", name="Register it").click()
    page.wait_for_url("**/portal/deals/")

    operator = Looker(browser, installation, sold)
    operator.sign_in("operations")
    operator.goto("/console/attribution/deal/")
    operator.look("console-deals")
    operator.page.locator("#result_list tbody a").first.click()
    operator.page.wait_for_url("**/change/")
    operator.page.get_by_label("Reason: the partner reads it").fill("Good luck.")
    operator.page.get_by_role("button", name="Qualify").click()
    expect(operator.page.get_by_text("days left")).to_be_visible()
    operator.look("console-deal")
    operator.close()

    page.reload()
    expect(page.get_by_text("89 days left")).to_be_visible()
    partner.look("portal-deals")
    partner.goto("/portal/decisions/")
    partner.look("portal-decisions")
    page.locator("th a").first.click()
    page.wait_for_url("**/portal/decisions/*/")
    partner.look("portal-decision")
    partner.close()


def test_two_orders_stand_side_by_side_until_a_person_resolves_them(
    browser: Browser, installation: Installation, sold: Cast
) -> None:
    operator = Looker(browser, installation, sold)
    page = operator.page
    aside(lambda: told_twice(sold))
    operator.sign_in("admin")
    operator.goto("/console/attribution/duplicatesuspicion/")
    operator.look("console-duplicates")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/")
    operator.look("console-duplicate")
    page.get_by_role("button", name="Two sales").click()
    expect(page.get_by_text("Resolved by Ada Admin")).to_be_visible()
    operator.close()


def test_the_policy_is_set_and_tells_what_differs(browser: Browser, installation: Installation, sold: Cast) -> None:
    admin = Looker(browser, installation, sold)
    page = admin.page
    admin.sign_in("admin")
    admin.goto("/console/new/policy")
    admin.look("console-policy-new")
    page.get_by_label("Model").select_option("position")
    page.get_by_label("Part of the first touch").fill("0.4")
    page.get_by_label("Part of the last touch").fill("0.4")
    page.get_by_label("Window in days").fill("30")
    page.get_by_role("button", name="Put into force").click()
    page.wait_for_url("**/policy/*/change/")
    expect(page.get_by_role("heading", name="What differs from")).to_be_visible()
    admin.look("console-policy")
    admin.goto("/console/attribution/policy/")
    admin.look("console-policies")
    admin.close()


def test_an_operator_credits_a_customers_orders_to_come(
    browser: Browser, installation: Installation, sold: Cast
) -> None:
    admin = Looker(browser, installation, sold)
    page = admin.page
    admin.sign_in("admin")
    admin.goto("/console/attribution/agententry/")
    admin.look("console-agent-entries-empty")
    page.get_by_role("link", name="Credit a sale").first.click()
    page.wait_for_url("**/new/agent-entry")
    page.get_by_label("Partner: e-mail").fill(PARTNER["email"])
    page.get_by_label("Or customer, by e-mail").fill("jin.park@example.com")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_label("Partner: e-mail")).to_have_value(PARTNER["email"])
    admin.complaints.clear()  # 422: the reason is missing
    admin.shoot("console-agent-entry-new")
    page.get_by_label("Reason").fill("Met at the fair; told by phone.")
    page.get_by_role("button", name="Enter it").click()
    page.wait_for_url("**/agententry/*/change/")
    expect(page.get_by_text("Met at the fair; told by phone.")).to_be_visible()
    admin.look("console-agent-entry")
    for language in ("ko", "es"):
        for path in ("deal", "duplicatesuspicion", "agententry", "policy"):
            admin.goto(f"/console/attribution/{path}/?lang={language}")
            admin.shoot(f"console-{path}-{language}")
        admin.goto(f"/console/new/policy?lang={language}")
        admin.shoot(f"console-policy-new-{language}")
    admin.close()


def told_twice(sold: Cast) -> None:
    """Another system tells of an order that the shop has already."""
    with brand_entered(sold.brand):
        order = Order.objects.filter(source="storefront").order_by("pk")[0]
        line = order.lines.get()
        sale = ToldSale(
            source="marketplace", external_id="m-77", offer=line.offer, quantity=1, total_minor=order.total_minor,
            currency=order.currency, tax_rate=line.offer.prices.get(active=True).tax_rate, cost_minor=0,
            email=order.customer.email, name=order.customer.name, sold_at=order.placed_at,
        )  # fmt: skip
        twin = import_sale(sale=sale, actor=DIRECTOR, at=now())
        while drain_schema():
            pass
        suspect_duplicates(order_ref=twin.public_id, actor=DIRECTOR, at=now())
