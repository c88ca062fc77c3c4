"""How earnings are treated, worked out by hand."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import follow_money
from tenant_apps.commissions.models import Commission
from tenant_apps.reports.queries import days_to_payable, fairness_of_partner, owed_by, reversal_rates, zero_pay
from tenant_apps.reports.rules import Filters
from tenant_apps.reports.states import Dimension
from tests.commissions import selling
from tests.reports.sales import sold
from tests.settlements.books import MAY, clawed_back, earned, enrolled

Drain = Callable[[], int]


def test_a_cohort_keeps_its_rate_however_late_the_refund(in_aurora: Brand, drain: Drain) -> None:
    nora, _, orders = sold(drain)
    selling.refund(orders[0], 2_500)
    follow_money(order_ref=orders[0].public_id, cause_ref="ref_1", at=orders[0].paid_at + 90 * selling.DAY)  # type: ignore[operator]
    [row] = reversal_rates(Filters())
    # 2.50 of 18.00 were taken back, on one line of three.
    assert (row.earned_minor, row.taken_back_minor, row.lines, row.lines_taken_back) == (1_800, 250, 3, 1)
    assert row.rate == Decimal("0.1389")
    assert [each.rate for each in reversal_rates(Filters(partner=nora.partner_ref))] == [Decimal("0.1667")]
    assert [each.rate for each in reversal_rates(Filters(until=date(2026, 4, 30)))] == [Decimal("0.2500")]
    assert reversal_rates(Filters(since=date(2026, 7, 1))) == []


def test_the_median_wait_is_the_middle_one(in_aurora: Brand) -> None:
    deal = enrolled(in_aurora)
    for days in (10, 14, 30):
        earned(deal, 700, MAY, payable_at=MAY + timedelta(days=days))
    earned(deal, 700, MAY, state="pending", payable_at=None)
    assert (days_to_payable(Filters()).median_days, days_to_payable(Filters()).lines) == (Decimal("14.0"), 3)
    earned(deal, 700, MAY, payable_at=MAY + timedelta(days=15))
    assert days_to_payable(Filters()).median_days == Decimal("14.5")
    assert days_to_payable(Filters(currency="USD")).median_days is None


def test_lines_that_pay_nothing_are_counted_by_reason(in_aurora: Brand) -> None:
    deal = enrolled(in_aurora)
    for reason, amount in (("cap", 0), ("cap", 0), ("no_rule", 0), ("", 500)):
        earned(deal, amount, MAY, reason=reason)
    told = [(row.reason, row.currency, row.lines, row.base_minor) for row in zero_pay(Filters())]
    assert told == [("cap", "EUR", 2, 2_000), ("no_rule", "EUR", 1, 1_000)]


def test_a_partner_sees_its_own_figures_and_the_brands_only_among_three(in_aurora: Brand) -> None:
    deals = [enrolled(in_aurora, name) for name in ("Nord", "Sur", "Hafen")]
    lines = [earned(deal, 1_000, MAY, payable_at=MAY + timedelta(days=14)) for deal in deals[:2]]
    clawed_back(lines[0], 100, MAY)
    own, brand = fairness_of_partner(deals[0].partner_ref, Filters())
    assert [(row.earned_minor, row.taken_back_minor, row.rate) for row in own.reversals] == [
        (1_000, 100, Decimal("0.1"))
    ]
    assert brand is None
    earned(deals[2], 2_000, MAY, payable_at=MAY + timedelta(days=30))
    own, brand = fairness_of_partner(deals[1].partner_ref, Filters())
    assert [row.rate for row in own.reversals] == [Decimal("0.0000")]
    assert brand is not None
    # Of the others only the rate: no amount, no count.
    assert [(row.earned_minor, row.taken_back_minor, row.lines, row.rate) for row in brand.reversals] == [
        (0, 0, 0, Decimal("0.0250"))
    ]
    assert (brand.wait.median_days, brand.wait.lines) == (Decimal("14.0"), 0)


def test_levels_stand_where_their_earning_stands(in_aurora: Brand, drain: Drain) -> None:
    _, omar, orders = sold(drain)
    base = Commission.objects.get(order_ref=orders[0].public_id)
    values: dict[str, Any] = {
        name: getattr(base, name)
        for name in ("order_ref", "line_ref", "attribution_ref", "base_minor", "currency", "accrued_at", "matures_at")
    }
    level = Commission.objects.create(
        kind="level", enrollment=omar, partner_ref=omar.partner_ref, amount_minor=50, derived_from=base, **values
    )
    Commission.objects.create(
        kind="reversal", enrollment=omar, partner_ref=omar.partner_ref, amount_minor=-20, reverses=level,
        cause_ref="ref_9", **values,
    )  # fmt: skip
    spring = {row.key: row.amount_minor for row in owed_by(Dimension.CAMPAIGN, Filters())}
    assert spring == {"spring": 1_030, "": 500, "autumn": 300}
