"""Partners who recruited partners: levels of sales and of commissions, taken back with them; no loops."""

from collections.abc import Callable

import pytest

from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import recomputed_minor
from tenant_apps.programs.actions import set_recruiter
from tenant_apps.programs.errors import RecruiterLoop
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    TEN_PERCENT,
    assert_books_fit,
    fulfill,
    offer_at,
    paid_order,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.commissions.test_true_up import sold, whole

Drain = Callable[[], int]
BY = {"actor": ACTOR, "at": AT - 20 * DAY}


def test_two_levels_earn_of_the_sale_and_of_the_commission_and_go_back_with_it(in_aurora: Brand, drain: Drain) -> None:
    top, middle, nord = (partner(name, TEN_PERCENT) for name in ("top", "middle", "nord"))
    middle.contract_versions.update(levels=[{"level": 1, "of": "sale", "rate": "0.05"}])
    top.contract_versions.update(levels=[{"level": 2, "of": "commission", "rate": "0.333"}])
    set_recruiter(enrollment=nord, recruiter=middle, **BY)
    set_recruiter(enrollment=middle, recruiter=top, **BY)
    visit("v1", nord)
    order = paid_order(offer_at(119_00, tax="0.19"), "v1")
    drain()
    lines = list(Commission.objects.order_by("pk"))
    # Net 100: 10 for nord, 5 % of the sale for who recruited it, a third of the 10 for who recruited that one.
    assert [(line.partner_ref, line.kind, line.amount_minor) for line in lines] == [
        (nord.partner_ref, "earning", 10_00),
        (middle.partner_ref, "level", 5_00),
        (top.partner_ref, "level", 3_33),
    ]
    assert all(line.derived_from == lines[0] and line.base_minor == 119_00 for line in lines[1:])
    assert [step["code"] for step in lines[2].explanation] == [
        "level",
        "recruit_earned",
        "rate",
        "commission",
    ]
    assert all(recomputed_minor(line) == line.amount_minor for line in lines)
    for number, amount in enumerate((33_33, 50_00)):
        refund(order, amount, f"ref_{number}")
        drain()
    fulfill(order)
    drain()
    mature_due(at=AT + 20 * DAY)
    assert {line.state for line in Commission.objects.all()} == {"payable"}
    refund(order, 119_00 - 83_33, "ref_last", AT + 30 * DAY)
    drain()
    for line in lines:
        assert sum_of(line.reversals.all()) == -line.amount_minor
    assert_books_fit(top, middle, nord)


def test_a_level_of_the_commission_follows_true_ups_either_way_and_one_of_the_sale_does_not(
    in_aurora: Brand, drain: Drain
) -> None:
    top, middle, nord = (
        partner("top", TEN_PERCENT),
        partner("middle", TEN_PERCENT, hold_days=30),
        partner("nord", whole()),
    )
    middle.contract_versions.update(levels=[{"level": 1, "of": "commission", "rate": "0.5"}])
    top.contract_versions.update(levels=[{"level": 2, "of": "sale", "rate": "0.01"}])
    set_recruiter(enrollment=nord, recruiter=middle, **BY)
    set_recruiter(enrollment=middle, recruiter=top, **BY)
    orders = [sold(100_00, nord, drain) for _ in range(2)]
    # nord: 10, 20 and 10 more for the first sale; half of each for who recruited it; 1 % of each sale, and no more.
    assert earned_by(middle) == [5_00, 10_00, 5_00]
    assert earned_by(top) == [1_00, 1_00]
    up = Commission.objects.get(kind="level", period="2026-03")
    assert (up.derived_from, up.state, up.line_ref) == (Commission.objects.get(kind="true_up"), "confirmed", "")
    assert {"code": "recruit_trued_up", "facts": {"amount": "10.00 EUR"}} in up.explanation
    assert_books_fit(top, middle, nord)
    # The contract of who recruited ends: what is taken back is taken back of what was paid by it all the same.
    middle.contract_versions.update(effective_to=AT)
    refund(orders[1], 60_00)
    drain()
    # 140 are left of the month, 10 % of them 14: 12 go with the sale and 14 by the tiers, half of both here: but of
    # the tiers, no more than was ever paid on them.
    assert earned_by(middle)[3:] == [-6_00, -5_00]
    paid = Commission.objects.filter(kind="level", enrollment=middle).order_by("pk")
    assert paid[3].matures_at == min(line.matures_at for line in paid[:3])
    for line in Commission.objects.filter(reverses=None):
        assert recomputed_minor(line) == line.amount_minor
    for number, order in enumerate(orders):
        refund(order, order.total_minor - (60_00 if number else 0), f"rest_{number}")
        drain()
    assert [sum(earned_by(each)) for each in (top, middle, nord)] == [0, 0, 0]
    assert_books_fit(top, middle, nord)


def earned_by(deal: Enrollment) -> list[int]:
    return [line.amount_minor for line in Commission.objects.filter(enrollment=deal).order_by("pk")]


def test_levels_need_terms_and_a_recruiter_and_are_not_paid_on_held_lines(in_aurora: Brand, drain: Drain) -> None:
    top, nord, sued = partner("top", TEN_PERCENT), partner("nord"), partner("sued", TEN_PERCENT)
    for recruit in (nord, sued):
        set_recruiter(enrollment=recruit, recruiter=top, **BY)
    offer = offer_at(100_00)
    for name, recruit in (("v1", nord), ("v2", sued)):
        visit(name, recruit)
        paid_order(offer, name)
    drain()
    assert Commission.objects.filter(kind="level").count() == 0


def test_nobody_recruits_itself(in_aurora: Brand) -> None:
    first, second, third = (partner(name) for name in ("first", "second", "third"))
    set_recruiter(enrollment=second, recruiter=first, **BY)
    set_recruiter(enrollment=third, recruiter=second, **BY)
    for recruiter in (first, third):
        with pytest.raises(RecruiterLoop):
            set_recruiter(enrollment=first, recruiter=recruiter, **BY)
    first.refresh_from_db()
    assert first.recruited_by is None
    set_recruiter(enrollment=second, recruiter=None, **BY)
    second.refresh_from_db()
    set_recruiter(enrollment=first, recruiter=third, **BY)
