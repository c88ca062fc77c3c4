"""Finance says a rate of VAT, sets a partner's terms, adjusts a sum and corrects a statement, by two persons."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from kernel.clock import utc_now
from kernel.periods import month_of
from shared_apps.brands.entering import brand_entered
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.ledger.queries import balance
from tenant_apps.settlements.actions import close_period
from tenant_apps.settlements.models import Adjustment, CreditNote, Statement, VatRate
from tests.browser.looking import Looker, aside
from tests.running import Installation
from tests.settlements.books import ANNA, MAY, earned, enrolled
from tests.settlements.paying_out import issued_for
from tests.settlements.test_actions import taxed
from tests.settlements.test_setting_off import owing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sold(installation: Installation) -> Cast:
    """A brand that issued one statement, whose partner gave its VAT number afterwards and has more to expect."""
    cast = installation.cast(0, "settling")
    with brand_entered(cast.brand):
        deal = enrolled(cast.brand, "Küsten Reisen")
        issued_for((deal, 12_345))
        earned(deal, 4_200, MAY, state="confirmed", payable_at=None)
        taxed(cast.brand, deal.partner_ref, vat_id="DE136695976")
    return cast


@pytest.fixture(scope="module")
def owed(installation: Installation, sold: Cast) -> Cast:
    """Another brand of the same legal entity, to which a further partner of the first owes money."""

    def other() -> Cast:
        cast = installation.cast(0, "owed")
        ended = month_of(utc_now(), sold.brand.timezone).start - timedelta.resolution
        with brand_entered(sold.brand):  # its last closed month is May: nothing is set off while a later one is open
            close_period(label=f"{month_of(ended, sold.brand.timezone).first_on:%Y-%m}", actor=ANNA, at=utc_now())
        owing(sold.brand, cast.brand, owed=80_00, debt=35_50, name="Nordlicht Media", at=utc_now())
        return cast

    return aside(other)


def test_a_debt_is_proposed_at_one_brand_and_approved_at_the_other(
    browser: Browser, installation: Installation, sold: Cast, owed: Cast
) -> None:
    first = Looker(browser, installation, sold)
    page = first.page
    first.sign_in("finance")
    first.goto("/console/settlements/adjustment/")
    page.get_by_role("link", name="Set off a debt").click()
    page.get_by_label("Debt, with the most").select_option(label=f"Nordlicht Media: {owed.brand.name}, €35.50")
    page.get_by_label("Amount;").fill("35.51")
    page.get_by_label("Reason").fill("Agreed in May")
    page.get_by_label("I have checked").check()
    first.complaints.clear()
    page.get_by_role("button", name="Propose it").click()
    expect(page.get_by_text("At most €35.50 may be set off now.")).to_be_visible()
    first.complaints.clear()  # the 409
    first.shoot("console-set-off-new")
    page.get_by_label("Amount;").fill("")
    page.get_by_role("button", name="Propose it").click()
    page.wait_for_url("**/adjustment/*/change/")
    expect(page.get_by_text("approves it there, where the debt is")).to_be_visible()
    expect(page.get_by_role("button", name="Approve and book")).to_have_count(0)
    first.look("console-set-off")
    first.close()

    second = Looker(browser, installation, owed)
    page = second.page
    second.sign_in("second finance")
    second.goto("/console/settlements/adjustment/")
    page.locator("#result_list tbody a").first.click()
    page.get_by_label("A second person approves it").fill("35.50")
    page.get_by_role("button", name="Approve and book").click()
    expect(page.get_by_text("Approved and booked.")).to_be_visible()
    second.close()

    def balances() -> list[int]:
        found = []
        for cast in (sold, owed):
            with brand_entered(cast.brand):
                partner = Adjustment.objects.get(kind="set_off").partner_ref
                found.append(balance(f"partner_payable:{partner}", "EUR"))
        return found

    assert aside(balances) == [44_50, 0]


def test_finance_corrects_a_statement_by_two_persons(browser: Browser, installation: Installation, sold: Cast) -> None:
    def statement() -> Statement:
        with brand_entered(sold.brand):
            return Statement.objects.get()

    told = aside(statement)
    address = f"/console/settlements/statement/{told.pk}/change/"
    first = Looker(browser, installation, sold)
    page = first.page
    first.sign_in("finance")

    first.goto("/console/new/vat-rate")
    for label, typed in (("Country", "US"), ("Standard rate", "101"), ("From this day on", "2026-01-01")):
        page.get_by_label(label).fill(typed)
    page.get_by_label("Where it is written").fill("Sales tax act")
    first.complaints.clear()
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_text("less than or equal to 100")).to_be_visible()
    first.complaints.clear()  # the 422
    page.get_by_label("Standard rate").fill("5.5")
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_role("cell", name="further notice")).to_be_visible()
    first.look("console-vat-rates")
    page.get_by_role("link", name="End US").click()
    page.get_by_label("First day without it").fill("2026-07-01")
    page.get_by_label("I have checked").check()
    first.shoot("console-vat-rate-end")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("link", name="End US")).to_have_count(0)

    first.goto("/console/programs/enrollment/")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("link", name="change netting").click()
    page.get_by_label("Tax to withhold").fill("15")
    page.get_by_label("Debts may be set off").check()
    page.get_by_label("I have checked").check()
    first.shoot("console-partner-terms")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("allowed; the partner has not agreed")).to_be_visible()

    first.goto("/console/new/adjustment")
    page.get_by_label("Amount;").fill("25.00")
    page.get_by_label("Reason").fill("Goodwill after the outage")
    page.get_by_label("I have checked").check()
    first.shoot("console-adjustment-new")
    page.get_by_role("button", name="Propose it").click()
    page.wait_for_url("**/adjustment/*/change/")
    adjustment = page.url
    page.get_by_label("A second person approves it").fill("25.00")
    page.get_by_role("button", name="Approve and book").click()
    expect(page.get_by_text("a second person approves it").last).to_be_visible()

    first.goto(address)
    page.get_by_label("Reason").fill("VAT number given later")
    page.get_by_role("button", name="Propose the correction").click()
    expect(page.get_by_role("heading", name="waiting for a second person")).to_be_visible()
    first.close()

    second = Looker(browser, installation, sold)
    page = second.page
    second.sign_in("second finance")
    page.goto(adjustment)
    second.look("console-adjustment")
    page.get_by_label("A second person approves it").fill("25.00")
    page.get_by_role("button", name="Approve and book").click()
    expect(page.get_by_text("Approved and booked.")).to_be_visible()
    second.goto(address)
    second.look("console-correction")
    page.get_by_label(f"Type {told.number}").fill(told.number)
    page.get_by_role("button", name="Issue credit note and version").click()
    expect(page.get_by_text("has taken the place of this statement.")).to_be_visible()
    page.get_by_role("link", name="CN-").click()
    second.shoot("console-credit-note")
    second.close()

    def ended() -> tuple[list[str], list[bool], int, int]:
        with brand_entered(sold.brand):
            states = list(Adjustment.objects.order_by("pk").values_list("kind", flat=True))
            ends = [rate.ends_on is not None for rate in VatRate.objects.select_related("end")]
            return states, ends, Statement.objects.count(), CreditNote.objects.count()

    kinds, ends, statements, credit_notes = aside(ended)
    assert (kinds[1], ends, statements, credit_notes) == ("manual", [True], 2, 1)
