"""Finance pays partners in a batch: previewed, approved by another with the sum typed, and what does not fit."""

import pytest
from playwright.sync_api import Browser, expect

from shared_apps.brands.entering import brand_entered
from tenant_apps.settlements.actions import approve_period, close_period, issue_statement
from tenant_apps.settlements.models import Payout, PayoutBatch
from tests.api.paying import a_parked_event
from tests.browser.looking import Looker, aside
from tests.running import Installation
from tests.settlements.books import ANNA, BEN, JUNE, MAY, earned, enrolled
from tests.settlements.paying_out import IBANS, paying, said

pytestmark = pytest.mark.slow


def test_a_batch_is_drawn_up_approved_sent_and_partly_comes_back(browser: Browser, installation: Installation) -> None:
    cast = aside(lambda: installation.cast(0, "batches"))

    def owed() -> int:
        with brand_entered(cast.brand):
            deals = [said(enrolled(cast.brand, f"Küsten Reisen {n}"), account=IBANS[n]) for n in range(3)]
            for number, deal in enumerate([*deals, enrolled(cast.brand, "Silent Partner")]):
                earned(deal, 12_345 * (number + 1), MAY)
            period = close_period(label="2026-05", actor=ANNA, at=JUNE)
            approve_period(period=period, actor=BEN, at=JUNE)
            for settlement in period.settlements.all():
                issue_statement(settlement=settlement, at=JUNE)
            paying()
            return a_parked_event().pk

    event = aside(owed)
    maker = Looker(browser, installation, cast)
    maker.sign_in("finance")
    maker.goto("/console/new/batch?method=sepa&currency=EUR")
    expect(maker.page.get_by_text("has yet to say")).to_be_visible()
    maker.look("console-batch-new")
    maker.page.get_by_role("button", name="Draw up the batch").click()
    maker.page.wait_for_url("**/payoutbatch/**")
    at = maker.page.url
    maker.close()

    approver = Looker(browser, installation, cast)
    approver.sign_in("second finance")
    page = approver.page
    page.goto(at)
    page.get_by_label("Type the sum to approve it").fill("740.70")
    page.get_by_role("button", name="Approve").click()
    with page.expect_download():
        page.get_by_role("link", name="Download the file").click()
    page.goto(at)
    page.get_by_label("Type the sum to send it").fill("740.70")
    page.get_by_role("button", name="It is on its way").click()
    expect(page.get_by_role("button", name="Confirm all 3 as arrived")).to_be_visible()

    def bounced() -> int:
        with brand_entered(cast.brand):
            return Payout.objects.order_by("pk")[0].pk

    approver.goto(f"/console/settlements/payout/{aside(bounced)}/change/")
    page.get_by_label("Reason").fill("AC04 closed account")
    page.get_by_role("button", name="It came back").click()
    expect(page.get_by_text("AC04 closed account").first).to_be_visible()
    approver.look("console-payout")
    page.goto(at)
    approver.look("console-batch")
    page.get_by_label("Bank reference").fill("SEPA 2026-06")
    page.get_by_role("button", name="Confirm all 2 as arrived").click()
    expect(page.get_by_text("2 / 3")).to_be_visible()
    approver.goto("/console/settlements/payoutbatch/")
    approver.look("console-batches")
    approver.goto(f"/console/payments/inboundevent/{event}/change/")
    expect(page.get_by_role("button", name="Resolve without booking")).to_be_visible()
    approver.look("console-parked")
    approver.close()

    def ended() -> tuple[str, list[str]]:
        with brand_entered(cast.brand):
            states = list(Payout.objects.order_by("pk").values_list("state", flat=True))
            return PayoutBatch.objects.get().state, states

    assert aside(ended) == ("partly_failed", ["failed", "paid", "paid"])
