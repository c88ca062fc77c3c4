"""What a partner reads and does by itself over the API: its own, told as in the portal, in pages."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import qualify_deal
from tenant_apps.attribution.models import Deal
from tenant_apps.programs.actions import enroll_partner, ensure_program
from tests.api.disputing import drained
from tests.commissions import selling
from tests.disputes.claiming import OPS
from tests.settlements.books import JUNE, MAY, clawed_back, earned

from . import owning
from .test_foreign_brand import entered


def own_browser(brand: Brand) -> Client:
    with brand_entered(brand):
        return entered(brand, owning.the_partner().partner_ref)


def answer(browser: Client, path: str) -> Any:
    return browser.get(f"/api/v1{path}").json()


@pytest.mark.parametrize("path", owning.LISTS)
def test_three_rows_ask_as_often_as_one(aurora: Brand, path: str) -> None:
    browser, asked = own_browser(aurora), []
    answer(browser, path)
    for numbers in ([1], [2, 3]):
        with brand_entered(aurora):
            for number in numbers:
                owning.LISTS[path](number)
        with CaptureQueriesContext(connection) as queries:
            found = answer(browser, path)
        asked.append((found["count"], len(found["items"]), len(queries)))
    assert asked == [(1, 1, asked[0][2]), (3, 3, asked[0][2])]
    assert [item["id"] for item in answer(browser, f"{path}?page=2&page_size=2")["items"]] == [found["items"][2]["id"]]
    for item in found["items"]:
        told = answer(browser, f"{path}/{item['id']}")
        assert (told if "id" in told else told["statement"])["id"] == item["id"]


def test_a_line_tells_what_was_sold_and_how_its_amount_came_about(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        line = owning.a_line()
        back = clawed_back(line, 200, JUNE)
    told = answer(browser, f"/partner/commissions/{line.public_id}")
    assert (told["order_number"], told["title"], told["base_minor"], told["amount_minor"]) == (
        1001, "Photography course", 17_000, 1700,
    )  # fmt: skip
    assert [step["value"] for step in told["explanation"]] == ["standard", "10%"]
    newest = answer(browser, "/partner/commissions")["items"][0]
    assert (newest["id"], newest["reverses"], newest["amount_minor"]) == (back.public_id, line.public_id, -200)
    assert answer(browser, "/partner/commissions?state=paid")["count"] == 0


def test_a_statement_has_its_frozen_head_and_its_lines_by_part(aurora: Brand) -> None:
    browser = own_browser(aurora)
    asked = []
    with brand_entered(aurora):
        lines = [earned(owning.the_partner(), amount, MAY) for amount in (1700, 300, 500)]
        clawed_back(lines[0], 200, MAY)
        statement = owning.issued("2026-05", JUNE)
    told = answer(browser, f"/partner/statements/{statement.public_id}")
    assert (told["statement"]["net_minor"], told["head"]["net_minor"]) == (2300, 2300)
    assert (told["later"], told["credit_note"], "earnings" in told["head"]) == (None, None, False)
    path = f"/partner/statements/{statement.public_id}/lines"
    for size in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            found = answer(browser, f"{path}?page_size={size}")
        asked.append((found["count"], len(found["items"]), len(queries)))
    assert asked == [(3, 1, asked[0][2]), (3, 3, asked[0][2])]
    assert {line["commission"] for line in found["items"]} == {line.public_id for line in lines}
    [back] = answer(browser, f"{path}?part=clawbacks")["items"]
    assert (back["amount_minor"], back["original"]["commission"]) == (-200, lines[0].public_id)


def test_what_is_not_payable_yet_is_expected_by_period(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        owning.a_line(state="pending", payable_at=None)
        owning.a_line(state="hold", reason="no_rule", payable_at=None)
    told = answer(browser, "/partner/forecast")
    assert [(each["state"], each["amount_minor"], each["closes_at"] is None) for each in told] == [
        ("pending", 1700, False), ("hold", 1700, True),
    ]  # fmt: skip


def test_of_a_decision_the_others_are_a_number(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        rival = selling.partner("rival", selling.TEN_PERCENT)
        decision = owning.a_decision(1, rival)
        credited = decision.shares.get().enrollment
    told = answer(browser, f"/partner/decisions/{decision.public_id}")
    assert (told["part_minor"], told["others"], told["by_person"]) == (10_000, 1, False)
    assert [(each["channel"], each["won"], each["reason"]) for each in told["verdicts"]] == [("click", True, None)]
    seen = answer(entered(aurora, rival.partner_ref), f"/partner/decisions/{decision.public_id}")
    assert (seen["part_minor"], seen["others"], seen["verdicts"][0]["reason"]) == (None, 1, "not_last")
    for said, other in ((told, rival), (seen, credited)):
        assert not any(word in str(said) for word in (other.public_id, other.partner_ref, other.partner_name))


def test_of_a_deal_that_was_first_only_its_clock_is_told(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        first = qualify_deal(deal=owning.a_deal(), reason="", actor=OPS, at=now())
        rival = selling.partner("rival")
    asked = {"enrollment": rival.public_id, "company": "Tea", "email": "ann@tea1.example"}
    assert browser.post("/api/v1/partner/deals", asked, content_type="application/json").status_code == 404
    late = entered(aurora, rival.partner_ref).post("/api/v1/partner/deals", asked, content_type="application/json")
    assert (late.json()["state"], late.json()["taken_until"][:10]) == (
        "rejected", f"{first.protected_until:%Y-%m-%d}",
    )  # fmt: skip
    assert first.public_id not in late.content.decode()


def test_of_several_deals_and_enrollments_the_one_named_is_meant(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        deals = [owning.a_deal(number) for number in (1, 2, 3)]
        own, program = owning.the_partner(), ensure_program(name="Resellers", at=now())
        again = enroll_partner(
            program=program, partner_ref=own.partner_ref, name=own.partner_name, email=own.partner_email,
            role="affiliate", actor=OPS, at=now(),
        )  # fmt: skip
    withdrawn = browser.post(
        f"/api/v1/partner/deals/{deals[1].public_id}/withdraw", {}, content_type="application/json"
    )
    assert withdrawn.json()["id"] == deals[1].public_id
    for enrollment in (own, again):
        said = {"enrollment": enrollment.public_id, "company": "Tea", "domain": f"{enrollment.pk}.example"}
        assert browser.post("/api/v1/partner/deals", said, content_type="application/json").status_code == 200
    with brand_entered(aurora):
        found = Deal.objects.order_by("pk").values_list("state", "enrollment")
        assert list(found) == [
            ("submitted", own.pk), ("withdrawn", own.pk), ("submitted", own.pk), ("submitted", own.pk),
            ("submitted", again.pk),
        ]  # fmt: skip


def test_a_claim_is_told_to_both_sides_without_the_other(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        own, rival = owning.the_partner(), selling.partner("rival", selling.TEN_PERCENT)
        selling.visit("vis_1", own, now() - 2 * selling.DAY)
        selling.visit("vis_1", rival, now() - selling.DAY)
        order = selling.paid_order(selling.offer_at(10_000), "vis_1", at=now())
        drained()
    said = {
        "order": f"#{order.number}", "enrollment": own.public_id, "claimed": "1/2", "grounds": "other",
        "statement": "By my mail.", "links": ["https://example.com/mail"],
    }  # fmt: skip
    made = browser.post("/api/v1/partner/claims", said, content_type="application/json").json()
    assert (made["state"], made["is_own"], made["had"], made["other_evidence"]) == ("opened", True, "0", 0)
    with brand_entered(aurora):
        drained()
    other = entered(aurora, rival.partner_ref)
    heard = answer(other, f"/partner/claims/{made['id']}")
    assert (heard["is_own"], heard["had"], heard["evidence"], heard["other_evidence"]) == (False, "", [], 1)
    assert not any(word in str(heard) for word in (own.public_id, own.partner_ref, own.partner_name))
    path, why = f"/api/v1/partner/claims/{made['id']}/withdraw", {"reason": "Mistaken."}
    assert other.post(path, why, content_type="application/json").status_code == 404
    assert browser.post(path, why, content_type="application/json").json()["state"] == "withdrawn"
    unknown = said | {"order": "#424242"}
    assert browser.post("/api/v1/partner/claims", unknown, content_type="application/json").json()["state"] == (
        "submitted"
    )
