"""What is owed opens to its parts, and the parts are the total, whichever way it opens."""

from collections.abc import Callable
from datetime import date
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.errors import InvalidInput
from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import cancel_commission, follow_money, hold_commission, mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.reports.queries import owed, owed_by, owed_keys
from tenant_apps.reports.rules import Filters
from tenant_apps.reports.states import Dimension
from tests.commissions import selling
from tests.reports.sales import sold

Drain = Callable[[], int]


def parts(dimension: Dimension, filters: Filters) -> dict[str, int]:
    return {row.key: row.amount_minor for row in owed_by(dimension, filters)}


def test_what_is_owed_by_each_dimension(in_aurora: Brand, drain: Drain) -> None:
    nora, omar, _ = sold(drain)
    everything = Filters()
    assert [(row.state, row.amount_minor, row.lines) for row in owed(everything)] == [("pending", 1_800, 3)]
    assert parts(Dimension.PARTNER, everything) == {nora.partner_ref: 1_500, omar.partner_ref: 300}
    assert parts(Dimension.CAMPAIGN, everything) == {"spring": 1_000, "": 500, "autumn": 300}
    assert sorted(parts(Dimension.SITE, everything).values()) == [300, 1_500]
    assert parts(Dimension.ROLE, everything) == {"affiliate": 1_800}
    assert parts(Dimension.PROGRAM, everything) == {nora.program.public_id: 1_800}
    assert parts(Dimension.STATE, everything) == {"pending": 1_800}
    # One minute before midnight in Berlin is April, though it is the same day in the books of the world.
    assert parts(Dimension.MONTH, everything) == {"2026-04": 1_000, "2026-05": 800}
    [label] = {row.label for row in owed_by(Dimension.PROGRAM, everything)}
    assert label == "Partners"


def test_days_are_the_brands(in_aurora: Brand, drain: Drain) -> None:
    sold(drain)
    april, first = Filters(until=date(2026, 4, 30)), Filters(since=date(2026, 5, 1), until=date(2026, 5, 1))
    assert [row.amount_minor for row in owed(april)] == [1_000]
    assert [row.amount_minor for row in owed(first)] == [500]


def test_the_parts_are_the_total_whatever_happened(in_aurora: Brand, drain: Drain) -> None:
    """Held, canceled, matured, partly and wholly refunded, before and after it was payable: the sums agree."""
    nora, omar, orders = sold(drain)
    first, second, third = (Commission.objects.get(order_ref=order.public_id) for order in orders)
    hold_commission(commission=third, reason="odd", actor=selling.FINANCE, at=selling.AT)
    for order in orders[:2]:
        selling.fulfill(order, order.paid_at)
    drain()
    mature_due(at=orders[0].paid_at + 15 * selling.DAY)  # type: ignore[operator]
    selling.refund(orders[0], 5_000)
    later = orders[0].paid_at + 16 * selling.DAY  # type: ignore[operator]
    follow_money(order_ref=orders[0].public_id, cause_ref="ref_1", at=later)
    states = {row.state: row.amount_minor for row in owed(Filters())}
    assert sum(states.values()) == 1_000 - 500 + 500 + 300
    choices = [
        Filters(), Filters(partner=nora.partner_ref), Filters(state="hold"), Filters(campaign="spring"),
        Filters(role="affiliate", currency="EUR"), Filters(since=date(2026, 5, 1)), Filters(currency="USD"),
    ]  # fmt: skip
    for filters, dimension in product(choices, Dimension):
        tile = {(row.currency, row.state): (row.amount_minor, row.lines) for row in owed(filters)}
        opened: dict[tuple[str, str], tuple[int, int]] = {}
        for row in owed_by(dimension, filters):
            amount, lines = opened.get((row.currency, row.state), (0, 0))
            opened[row.currency, row.state] = (amount + row.amount_minor, lines + row.lines)
        assert opened == tile, (filters, dimension)
        keys = owed_keys(filters, start=0, limit=100)
        assert len(keys) == sum(lines for _, lines in tile.values())
        assert selling.sum_of(Commission.objects.filter(pk__in=keys)) == sum(amount for amount, _ in tile.values())
    cancel_commission(commission=third, reason="fraud", actor=selling.FINANCE, at=selling.AT)
    assert owed(Filters(partner=omar.partner_ref)) == []
    assert (first.kind, second.kind) == ("earning", "earning")


def test_each_part_opens_by_its_own_key(in_aurora: Brand, drain: Drain) -> None:
    sold(drain)
    for dimension in (Dimension.PARTNER, Dimension.SITE, Dimension.CAMPAIGN, Dimension.ROLE, Dimension.PROGRAM):
        for row in owed_by(dimension, Filters()):
            if row.key:
                [inside] = owed(Filters(**{str(dimension): row.key}))
                assert (inside.amount_minor, inside.lines) == (row.amount_minor, row.lines)


def test_another_state_is_refused(in_aurora: Brand) -> None:
    with pytest.raises(InvalidInput) as refused:
        owed(Filters(state="paid"))
    assert refused.value.field == "state"


def test_a_report_is_one_statement(in_aurora: Brand, drain: Drain) -> None:
    sold(drain)
    with CaptureQueriesContext(connection) as asked:
        owed_by(Dimension.CAMPAIGN, Filters())
    assert len(asked) == 1
