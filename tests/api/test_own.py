"""What a partner reads and does by itself over the API: its own, told as in the portal, in pages."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
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
