"""A partner reads why a sale was credited to it or was not, and nothing of the others; other brands do not exist."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import award, decide
from tenant_apps.attribution.models import Attribution
from tenant_apps.catalog.models import Offer
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import create_link
from tests.commissions.selling import ACTOR, AT, DAY, offer_at, paid_order, partner, visit
from tests.portal.visiting import Browser, at, joined


@pytest.fixture
def sued(aurora: Brand) -> Any:
    """Another partner, whose touches come later and win."""
    with brand_entered(aurora):
        offer_at(100_00)
        return partner("Suedlicht")


def sold(brand: Brand, *touched: Any, visitor: str = "v1") -> Attribution:
    with brand_entered(brand):
        for days, enrollment in enumerate(touched):
            if not enrollment.links.exists():
                create_link(enrollment=enrollment, code=f"code{enrollment.pk}", actor=ACTOR, at=AT)
            visit(visitor, enrollment, AT - (9 - days) * DAY)
        order = paid_order(Offer.objects.get(), visitor)
        return decide(order_ref=order.public_id, at=AT)


def test_who_lost_reads_why_and_who_won_stays_unnamed(inside: Browser, nord: Any, sued: Any, aurora: Brand) -> None:
    decision = sold(aurora, nord, sued)
    with brand_entered(aurora):
        number = Order.objects.get().number
    listed = inside.get("/portal/decisions/", headers=at(aurora)).text
    page = inside.get(f"/portal/decisions/{decision.public_id}/", headers=at(aurora)).text
    assert f"#{number}" in listed
    for told in (listed, page):
        assert "The last touch is credited, and this was not it." in told
    assert "Nothing of it is credited to you." in page
    assert "One touch of another partner was considered, too." in page
    for secret in ("Suedlicht", sued.public_id, sued.partner_ref, "€100.00"):
        assert secret not in listed
        assert secret not in page


def test_who_won_reads_its_part(inside: Browser, nord: Any, sued: Any, aurora: Brand) -> None:
    decision = sold(aurora, sued, nord)
    page = inside.get(f"/portal/decisions/{decision.public_id}/", headers=at(aurora)).text
    assert "€100.00 of it are credited to you." in page
    assert "€100.00" in inside.get("/portal/decisions/", headers=at(aurora)).text


def test_a_sale_won_by_a_claim_alone_is_explained(inside: Browser, nord: Any, sued: Any, aurora: Brand) -> None:
    first = sold(aurora, sued)
    with brand_entered(aurora):
        part = [{"participant": nord.public_id, "weight": "1/4"}, {"participant": sued.public_id, "weight": "3/4"}]
        last = award(order_ref=first.order_ref, shares=part, cause="dispute:dis_1", actor=ACTOR, at=AT)
    listed = inside.get("/portal/decisions/", headers=at(aurora)).text
    page = inside.get(f"/portal/decisions/{last.public_id}/", headers=at(aurora)).text
    assert "Decision by a person: A person decided who is credited." in listed
    assert "€25.00" in listed
    for told in ("€25.00 of it are credited to you", "A person decided who is credited", "25%", "One touch of another"):
        assert told in page
    assert "Suedlicht" not in page
    assert inside.get(f"/portal/decisions/{first.public_id}/", headers=at(aurora)).status_code == 404


def test_decisions_without_an_own_touch_and_other_brands_do_not_exist(
    inside: Browser, nord: Any, sued: Any, aurora: Brand, hanok: Brand
) -> None:
    strangers = sold(aurora, sued)
    with brand_entered(hanok):
        offer_at(100_00)
    elsewhere = sold(hanok, joined(hanok))
    for decision in (strangers, elsewhere):
        assert inside.get(f"/portal/decisions/{decision.public_id}/", headers=at(aurora)).status_code == 404
    assert "No sale yet" in inside.get("/portal/decisions/", headers=at(aurora)).text


def test_three_decisions_ask_as_often_as_one(inside: Browser, nord: Any, sued: Any, aurora: Brand) -> None:
    asked = []
    for visitors in (["v1"], ["v2", "v3"]):
        for visitor in visitors:
            sold(aurora, nord, visitor=visitor)
        with CaptureQueriesContext(connection) as queries:
            inside.get("/portal/decisions/", headers=at(aurora))
        asked.append(len(queries))
    assert asked[0] == asked[1]
