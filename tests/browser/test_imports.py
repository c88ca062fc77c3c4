"""A file of another system in the browser: its mistakes, its rows, its refunds, and a refund told by finance."""

from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Browser, expect

from kernel.clock import utc_now
from tenant_apps.console.management.story.setting import Cast
from tests.browser.looking import Looker
from tests.running import Installation

pytestmark = pytest.mark.slow

HEADER = "external_id,at,offer,email,amount,currency,partner,fulfilled,country,metadata.plan\n"
PATIENCE = 60_000


@pytest.fixture(scope="module")
def sold(installation: Installation) -> Cast:
    """A brand that has sold nothing yet."""
    return installation.cast(0, "imports")


def test_a_file_is_mended_taken_and_partly_refunded(browser: Browser, installation: Installation, sold: Cast) -> None:
    sold_at = utc_now()
    day = localdate(sold_at, ZoneInfo("Europe/Berlin")).isoformat()
    sale = f"{{}},{sold_at.isoformat()},{{}},jin@example.com,490.00,EUR,{sold.link_code},yes,AT,pro\n"
    good = HEADER + sale.format("w-1", sold.offers[1].slug) + sale.format("w-2", sold.offers[0].slug)
    admin = Looker(browser, installation, sold)
    page = admin.page

    def choose(text: str, name: str) -> None:
        page.get_by_label("CSV file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})

    def sees(text: str) -> None:
        expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)

    def check() -> None:
        page.get_by_role("button", name="Check the file").click()

    admin.sign_in("admin")
    admin.goto("/console/new/import")
    page.get_by_label("Name of the other system").fill("webshop")
    choose(HEADER + sale.format("w-1", "no-such-offer").replace("AT,", "UK,"), "first.csv")
    expect(page.get_by_label("Name of the other system")).to_have_value("webshop")
    check()
    sees("Mistakes in the file")
    admin.complaints.clear()  # 422, as it should be
    expect(page.get_by_label("Name of the other system")).to_have_value("webshop")
    admin.shoot("console-import-mistakes")
    choose(good, "second.csv")
    expect(page.get_by_label("Name of the other system")).to_have_value("webshop")
    check()
    sees("What would be taken")
    admin.look("console-import-checked")
    page.get_by_role("button", name="Take them").click()
    sees("2 of 2 rows")

    admin.goto("/console/new/import")
    page.get_by_label("The rows are").select_option("refunds")
    page.get_by_label("Name of the other system").fill("webshop")
    choose(f"external_id,sale,amount,currency,date\nr-1,w-1,500.00,EUR,{day}\n", "refunds.csv")
    check()
    sees("no more is left of the sale")
    admin.look("console-import-refunds")
    page.get_by_role("button", name="Take them").click()
    sees("1 of 1 rows")

    admin.goto("/console/orders/order/")
    page.get_by_role("link", name="#2", exact=True).click()
    sees("Austria")
    page.get_by_role("link", name="Record a refund paid elsewhere").click()
    admin.look("console-outside-refund")
    told = {"Amount": "500.00", "Day on which": day, "The refund's id": "r-2", "Reason": "Fog"}
    for label, text in told.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("I have seen").check()
    page.get_by_role("button", name="Record it").click()
    sees("is left of order #2")
    admin.complaints.clear()  # 422, as it should be
    page.get_by_label("Amount").fill("100.00")
    page.get_by_role("button", name="Record it").click()
    sees("Refund told by webshop")
    admin.look("console-order-imported")
    admin.close()
