"""A cap per partner is the partner's: by however many deals it has a part of one order."""

from collections.abc import Callable
from typing import Any

import pytest

from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import ensure_policy
from tenant_apps.commissions.actions import reattribute
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import recomputed_minor
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program, set_contract
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import ACTOR, AT, DAY, assert_books_fit, offer_at, paid_order, partner, refund, visit

Drain = Callable[[], int]


def capped(rate: str, cap: int) -> list[dict[str, Any]]:
    limits = {"caps": [{"per": "partner", "period": "month", "amount_minor": cap}]}
    return [{"id": "capped", "pay": {"kind": "percent", "rate": rate}, "limits": limits}]


def second_deal(first: Enrollment, rules: list[dict[str, Any]]) -> Enrollment:
    program = ensure_program(name="Creators", at=AT)
    deal = enroll_partner(
        program=program, partner_ref=first.partner_ref, name=first.partner_name, email=first.partner_email,
        role="creator", actor=ACTOR, at=AT,
    )  # fmt: skip
    create_link(enrollment=deal, code="second", actor=ACTOR, at=AT)
    set_contract(enrollment=deal, currency="EUR", rules=rules, effective_from=AT - 30 * DAY, actor=ACTOR, at=AT)
    return deal


@pytest.mark.parametrize("order_of_touches", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_two_deals_of_one_partner_share_its_cap_on_one_order(
    in_aurora: Brand, drain: Drain, order_of_touches: tuple[int, ...]
) -> None:
    ensure_policy(terms={"model": "linear"}, at=AT - 90 * DAY)
    first = partner("nord", capped("0.30", 12_00))
    deals = [first, second_deal(first, capped("0.15", 15_00)), partner("sued", capped("0.30", 12_00))]
    for place, number in enumerate(order_of_touches):
        visit("v1", deals[number], AT - (place + 1) * DAY)
    order = paid_order(offer_at(90_00), "v1")
    drain()
    # A third of the order each: 9 by the older deal; 4.50 by the newer, all of it within 15 less 9; the other has 9.
    assert earned(deals) == [9_00, 4_50, 9_00]
    visit("v2", first)
    second = paid_order(offer_at(100_00, code="more"), "v2")
    drain()
    # 13.50 are used of the 12 of the older deal's cap.
    assert (earned(deals), Commission.objects.get(order_ref=second.public_id).reason) == ([9_00, 4_50, 9_00], "cap")
    assert reattribute(order_ref=order.public_id, at=AT + DAY) == []
    refund(order, 90_00)
    drain()
    assert sum(line.amount_minor for line in Commission.objects.all()) == 0
    assert_books_fit(*deals)


def test_the_newer_deal_gets_what_the_older_one_left(in_aurora: Brand, drain: Drain) -> None:
    ensure_policy(terms={"model": "linear"}, at=AT - 90 * DAY)
    first = partner("nord", capped("0.20", 12_00))
    deals = [first, second_deal(first, capped("0.20", 12_00))]
    for place, deal in enumerate(reversed(deals)):
        visit("v1", deal, AT - (place + 1) * DAY)
    paid_order(offer_at(100_00), "v1")
    drain()
    # 10 each would be 20: the cap of 12 leaves the newer deal 2.
    assert earned(deals) == [10_00, 2_00]
    newer = Commission.objects.get(enrollment=deals[1])
    facts = {"amount": "12.00 EUR", "used": "10.00 EUR", "each": "partner", "span": "month"}
    assert {"code": "cap_per_both", "facts": facts} in newer.explanation
    assert (newer.reason, recomputed_minor(newer)) == ("cap", 2_00)


def earned(deals: list[Enrollment]) -> list[int]:
    sums = {deal.pk: 0 for deal in deals}
    for line in Commission.objects.filter(kind="earning"):
        sums[line.enrollment_id] += line.amount_minor
    return [sums[deal.pk] for deal in deals]
