"""A customer buys: the offers, the offer, the provider's page, the receipt."""

import pytest
from playwright.sync_api import Browser, expect

from shared_apps.brands.entering import brand_entered
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.orders.models import Order
from tests.browser.looking import Looker, aside
from tests.running import Installation

pytestmark = pytest.mark.slow


def test_from_the_offers_to_the_receipt(browser: Browser, installation: Installation, sold: Cast) -> None:
    customer = Looker(browser, installation, sold)
    page = customer.page
    customer.goto(f"/?via={sold.link_code}")
    customer.look("offers")
    page.get_by_role("link", name=sold.offers[1].title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sold.offers[1].title)
    customer.look("offer")

    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    customer.complaints = [said for said in customer.complaints if "422" not in said and "400" not in said]
    page.get_by_label("E-mail").fill("mina@example.com")
    page.get_by_label("Name").fill("Mina Ostrowska")
    page.get_by_role("button", name="Continue to payment").click()

    page.wait_for_url("**/c/pay/**")
    customer.look("provider")
    for field, value in (("card", "4242 4242 4242 4242"), ("expiry", "12 / 34"), ("cvc", "123"), ("name", "Mina O")):
        page.locator(f"[name={field}]").fill(value)
    page.locator("form#pay button.primary").click()
    page.wait_for_url("**/checkout/return**")
    expect(page.get_by_role("heading", name="Thank you, your payment arrived")).to_be_visible(timeout=20_000)
    customer.look("receipt")
    expect(page.get_by_text("€29.00").first).to_be_visible()
    customer.close()

    def order() -> Order:
        with brand_entered(sold.brand):
            return Order.objects.get(customer__email="mina@example.com")

    placed = aside(order)
    assert (placed.total_minor, placed.money_state, placed.via_code) == (2900, "paid", sold.link_code)
