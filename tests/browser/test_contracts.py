"""An operator writes a contract rule by rule, sees its mistakes and its preview, proposes it; the partner reads it."""

import re

import pytest
from playwright.sync_api import Browser, expect

from kernel.actor import system
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from tenant_apps.attribution.actions import decide
from tenant_apps.catalog.models import Offer
from tenant_apps.commissions.actions import accrue, write_manual_line
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.orders.actions import place_order
from tenant_apps.programs.actions import set_contract
from tenant_apps.programs.models import ContractVersion, Enrollment
from tests.browser.looking import Looker, aside
from tests.commissions import selling
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
    expect(added.locator("[data-wrong]")).to_have_text("How much: must be a percentage such as 10 or 12.5 ")
    page.get_by_role("button", name="Add a rule").click()
    expect(added.get_by_label("How much")).to_have_value("much")
    cards.nth(before + 1).get_by_role("button", name="Remove").click()
    page.get_by_label("Hold in days").fill("-1")
    expect(page.locator("[data-shown] .tb-wrong")).to_contain_text("Hold in days: must be at least 0")
    page.get_by_label("Hold in days").fill("14")
    added.get_by_label("How much").fill("12.5")
    expect(added.locator("[data-wrong]")).to_be_empty()
    added.get_by_label("Name").fill("half-price")
    # Every condition and limit has its field; what is wrong opens where it stands.
    added.locator("summary", has_text="Conditions").click()
    added.get_by_label("Countries").fill("DE, at")
    expect(added.locator("[data-wrong]")).to_contain_text("two capital letters")
    added.get_by_label("Countries").fill("DE, AT")
    added.get_by_label("Metadata").fill("plan=pro|team")
    added.locator("summary", has_text="Limits and caps").click()
    added.get_by_label("More caps").fill("customer 50, period 900 month")
    added.get_by_label("Most per line").fill("12.345")
    expect(added.locator("[data-wrong]")).to_have_text("Most per line: must be an amount such as 12.50 ")
    added.get_by_label("Most per line").fill("12.5")
    expect(added.locator("[data-wrong]")).to_be_empty()
    page.get_by_role("button", name="Add a level").click()
    page.get_by_role("button", name="Add a bonus").click()
    page.get_by_label("Sold in the period before").fill("950")
    expect(page.locator("[data-shown]")).to_contain_text("It reaches the bonus bonus-1")
    expect(page.locator("[data-shown]")).to_contain_text("recruited at level 1")
    bonus = page.locator("[data-list=bonuses] .tb-rule")
    expect(bonus.get_by_label("Reaches")).to_have_value("1000")
    expect(bonus.get_by_label("Amount")).to_have_value("50")
    added.get_by_label("Pays").select_option("past_each")
    added.get_by_label("How much").fill("0: 5, 1000.50: 7.5")
    expect(page.locator("[data-shown]")).to_contain_text("1,000.50")
    page.get_by_label("Minimum payout").fill("25.50")
    added.get_by_label("Pays").select_option("net")
    added.get_by_label("How much").fill("12.5")
    page.get_by_label("Refunds take back").select_option("pro_rata")
    page.get_by_label("Months, where less with each").fill("12")
    operator.shoot("console-contract-written")
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

    version = aside(proposed)
    assert version.rules[-2] == {
        "id": "half-price", "pay": {"kind": "percent", "rate": "0.125", "base": "net"},
        "when": {"country": ["DE", "AT"], "metadata": {"plan": ["pro", "team"]}},
        "limits": {"max_minor": 1250,
                   "caps": [{"per": "customer", "amount_minor": 5000},
                            {"per": "period", "amount_minor": 90000, "period": "month"}]},
    }  # fmt: skip
    assert version.minimum_payout_minor == 2550
    assert version.levels == [{"level": 1, "of": "commission", "rate": "0.05"}]
    assert [bonus["id"] for bonus in version.bonuses] == ["bonus-1"]
    assert version.clawback == {"schedule": "pro_rata", "months": 12}
    operator.close()


def held_without_terms(sold: Cast) -> int:
    """A sale of a partner whose contract was written down after it; return the line that is held."""
    with brand_entered(sold.brand):
        currency, offer = sold.brand.currency, Offer.objects.first()
        assert offer is not None
        deal = selling.partner("Lateterms")
        selling.visit("late", deal)
        order = selling.paid_order(offer, "late", currency=currency)
        decide(order_ref=order.public_id, at=selling.AT)
        [line] = accrue(attribution_ref=selling.decision_of(order), at=selling.AT)
        set_contract(
            enrollment=deal, currency=currency, rules=selling.TEN_PERCENT, effective_from=selling.AT - selling.DAY,
            actor=system("tests"), at=now(),
        )  # fmt: skip
        return line.pk


def test_commissions_are_chosen_seen_and_confirmed(browser: Browser, installation: Installation, sold: Cast) -> None:
    def waiting() -> None:
        with brand_entered(sold.brand):
            deal, offer = Enrollment.objects.first(), Offer.objects.first()
            assert deal is not None
            assert offer is not None
            order = place_order(
                offer=offer, quantity=1, currency=sold.brand.currency, email="mia@example.com", name="Mia",
                visitor_ref="", via_code="", source="test", external_id="waits", actor=system("tests"), at=now(),
            )  # fmt: skip
            write_manual_line(
                enrollment=deal, amount_minor=12_50, currency=sold.brand.currency, reason="a prize", key="prize",
                order_ref=order.public_id, actor=system("tests"), at=now(),
            )  # fmt: skip

    aside(waiting)
    operator = Looker(browser, installation, sold)
    page = operator.page
    operator.sign_in("operations")
    operator.goto("/console/commissions/commission/")
    operator.look("console-commissions")
    page.get_by_role("link", name="Confirm in bulk").click()
    page.wait_for_url("**/commissions/confirm")
    page.get_by_role("button", name="Show what is meant").click()
    expect(page.get_by_role("button", name="Confirm them")).to_be_visible()
    operator.look("console-confirm-in-bulk")
    page.get_by_label(re.compile(r"Type \d+ to confirm")).fill("x")
    page.get_by_role("button", name="Confirm them").click()
    page.wait_for_load_state()
    operator.complaints.clear()  # a refusal is a 422, which the browser calls an error
    expect(page.get_by_text(re.compile(r"type \d+ to confirm")).first).to_be_visible()
    field = page.get_by_label(re.compile(r"Type \d+ to confirm"))
    field.fill(re.search(r"\d+", page.locator("label", has=field).inner_text())[0])  # type: ignore[index]
    page.get_by_role("button", name="Confirm them").click()
    expect(page.get_by_text(re.compile(r"commissions? (is|are) confirmed"))).to_be_visible()
    operator.close()
    finance = Looker(browser, installation, sold)
    finance.sign_in("finance")
    held = aside(lambda: held_without_terms(sold))
    finance.goto(f"/console/commissions/commission/{held}/change/")
    expect(finance.page.get_by_role("button", name="Price it again")).to_be_visible()
    finance.look("console-commission-to-decide")
    finance.page.get_by_role("link", name="Look first").click()
    finance.page.wait_for_url("**/commissions/price?*")
    finance.look("console-price-in-bulk")
    finance.page.get_by_role("button", name="Price 1 line").click()
    expect(finance.page.get_by_text("1 commission has its price.")).to_be_visible()
    for path, name in (
        ("commissions/exchangerate/", "console-exchange-rates"), ("programs/program/", "console-programs"),
        ("new/exchange-rate", "console-new-exchange-rate"),
    ):  # fmt: skip
        finance.goto(f"/console/{path}")
        finance.look(name)
    finance.goto("/console/programs/enrollment/")
    finance.page.locator("#result_list tbody a").first.click()
    finance.page.wait_for_url("**/change/")
    finance.page.get_by_role("link", name="Write a line by hand").click()
    finance.page.wait_for_url("**/line")
    finance.look("console-manual-line")
    finance.close()
