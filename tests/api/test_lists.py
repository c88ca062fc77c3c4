"""Lists come in pages and ask as often for three rows as for one."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.catalog.actions import create_offer, create_product, publish_offer, set_price
from tenant_apps.commissions.actions import record_exchange_rate
from tenant_apps.customers.actions import open_lead
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program, set_contract
from tenant_apps.tracking.actions import create_site
from tests.settlements.test_setting_off import owing

from .conftest import ask
from .crediting import LISTS as CREDITING
from .paying import LISTS as PAYING

DEED: dict[str, Any] = {"actor": system("tests"), "at": utc_now()}


def an_offer(number: int) -> Any:
    product = create_product(code=f"tea{number}", name="Tea", kind="service", **DEED)
    offer = create_offer(product=product, slug=f"tea{number}", title=f"Tea {number}", **DEED)
    set_price(offer=offer, currency="EUR", amount_minor=100 * number, **DEED)
    return publish_offer(offer=offer, **DEED)


def a_lead(number: int) -> Any:
    site = create_site(name="Blog", allowed_hosts=["blog.example"], **DEED)
    return open_lead(email=f"ann{number}@example.com", offer=an_offer(number), site=site, **DEED)


def an_enrollment(number: int) -> Any:
    program = ensure_program(name="Partners", at=DEED["at"])
    email = f"p{number}@example.com"
    return enroll_partner(program=program, partner_ref=f"par_{number}", name="P", email=email, role="affiliate", **DEED)


def a_version(number: int) -> Any:
    terms = {"currency": "EUR", "rules": [{"id": "all", "pay": {"kind": "percent", "rate": "0.10"}}]}
    return set_contract(enrollment=an_enrollment(number), effective_from=DEED["at"], **terms, **DEED)


def a_link(number: int) -> Any:
    return create_link(enrollment=an_enrollment(number), code=f"code{number}", **DEED)


def a_rate(number: int) -> Any:
    told: dict[str, Any] = {"base": "USD", "quote": "EUR", "rate": Decimal(number), "day": DEED["at"].date()}
    return record_exchange_rate(**told, source="ECB", **DEED)


LISTS: dict[str, Any] = {
    "/exchange-rates": a_rate, "/contracts": a_version, "/partners/links": a_link,
    "/offers": an_offer, "/leads": a_lead, "/partners/enrollments": an_enrollment,
    **CREDITING, **PAYING,
}  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_three_rows_ask_as_often_as_one(aurora: Brand, key_of: Callable[..., str], path: str) -> None:
    secret, asked = key_of(aurora), []
    ask(aurora, path, secret)
    for numbers in ([1], [2, 3]):
        with brand_entered(aurora):
            for number in numbers:
                LISTS[path](number)
        with CaptureQueriesContext(connection) as queries:
            answer = ask(aurora, path, secret)
        assert answer.json()["count"] == len(answer.json()["items"]) == numbers[-1]
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_debts_that_may_be_set_off_ask_as_often_for_three_as_for_one(
    aurora: Brand, hanok: Brand, key_of: Callable[..., str]
) -> None:
    secret, asked = key_of(aurora), []
    ask(aurora, "/set-offs", secret)
    for names in (["Nord"], ["Sued", "West"]):
        for name in names:
            owing(aurora, hanok, name=name)
        with CaptureQueriesContext(connection) as queries:
            found = ask(aurora, "/set-offs?page_size=100", secret).json()
        asked.append((found["count"], len(found["items"]), len(queries)))
    assert asked == [(1, 1, asked[0][2]), (3, 3, asked[0][2])]
    assert len(ask(aurora, "/set-offs?page_size=2&page=2", secret).json()["items"]) == 1


@pytest.mark.parametrize("path", LISTS)
def test_a_page_is_a_slice_newest_first(aurora: Brand, key_of: Callable[..., str], path: str) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        refs = [LISTS[path](number).public_id for number in (1, 2, 3)]
    pages = [ask(aurora, f"{path}?page={page}&page_size=2", secret).json() for page in (1, 2, 3)]
    assert [[item["id"] for item in page["items"]] for page in pages] == [[refs[2], refs[1]], [refs[0]], []]
    assert {page["count"] for page in pages} == {3}


def test_an_offer_shows_its_active_prices(aurora: Brand, key_of: Callable[..., str]) -> None:
    with brand_entered(aurora):
        set_price(offer=an_offer(1), currency="EUR", amount_minor=500, **DEED)
    [offer] = ask(aurora, "/offers", key_of(aurora)).json()["items"]
    assert (offer["product"], offer["kind"], offer["capabilities"], offer["state"]) == (
        "tea1",
        "service",
        ["consulted"],
        "published",
    )
    assert offer["prices"] == [{"currency": "EUR", "amount_minor": 500, "cost_minor": 0, "tax_rate": "0.0000"}]


def test_leads_are_listed_by_state_and_shown_one_by_one(aurora: Brand, key_of: Callable[..., str]) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        lead = a_lead(1)
    assert ask(aurora, "/leads?state=new", secret).json()["count"] == 1
    assert ask(aurora, "/leads?state=won", secret).json() == {"items": [], "count": 0}
    shown = ask(aurora, f"/leads/{lead.public_id}", secret).json()
    assert (shown["email"], shown["offer"], shown["site"], shown["state"]) == (
        "ann1@example.com",
        "tea1",
        lead.site.public_id,
        "new",
    )
