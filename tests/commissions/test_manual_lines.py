"""Lines that a person writes: once per key, within the hold or past it, following refunds or standing beside them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import cancel_commission, mature_due, write_manual_line
from tenant_apps.commissions.errors import ManualLineDiffers
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import recomputed_minor
from tenant_apps.programs.actions import set_contract
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    assert_books_fit,
    books,
    fulfill,
    offer_at,
    paid_order,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.commissions.test_conservation import drained
from tests.conftest import brand_named

Drain = Callable[[], int]


def written(nord: Enrollment, amount_minor: int = 500, key: str = "k1", **more: Any) -> Commission:
    return write_manual_line(
        enrollment=nord, amount_minor=amount_minor, currency=more.pop("currency", "EUR"),
        reason=more.pop("reason", "a prize"), key=key, actor=FINANCE, at=more.pop("at", AT), **more,
    )  # fmt: skip


def manual(enrollment: Enrollment, **beside: Any) -> None:
    set_contract(enrollment=enrollment, currency="EUR", rules=TEN_PERCENT, effective_from=AT - DAY, actor=FINANCE,
                 at=AT, **beside)  # fmt: skip


@pytest.mark.parametrize(
    ("agreed", "asked", "days"), [("obey", "", 14), ("bypass", "", 0), ("obey", "bypass", 0), ("bypass", "obey", 14)]
)
def test_a_line_obeys_the_hold_or_bypasses_it(in_aurora: Brand, agreed: str, asked: str, days: int) -> None:
    nord = partner("nord")
    manual(nord, manual_lines=agreed)
    line = written(nord, hold=asked)
    assert (line.kind, line.state, line.matures_at) == ("manual", "confirmed", AT + days * DAY)
    mature_due(at=AT + days * DAY)
    line.refresh_from_db()
    assert (line.state, line.payable_at, books(nord)) == ("payable", AT + days * DAY, (0, 500, 500))
    assert recomputed_minor(line) is None
    assert_books_fit(nord)


def test_a_line_of_an_order_waits_for_its_delivery_unless_it_bypasses(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v", nord)
    order = paid_order(offer_at(100_00), "v")
    drain()
    waits = written(nord, order_ref=order.public_id)
    passes = written(nord, 300, "k2", order_ref=order.public_id, hold="bypass")
    assert (waits.state, passes.state) == ("pending", "confirmed")
    fulfill(order)
    drain()
    waits.refresh_from_db()
    assert (waits.state, waits.matures_at) == ("confirmed", AT + 14 * DAY)


def test_the_same_key_is_the_same_line_and_other_content_is_refused(in_aurora: Brand) -> None:
    nord = partner("nord", TEN_PERCENT)
    first = written(nord)
    assert written(nord) == first
    for other in ({"amount_minor": 501}, {"reason": "another"}, {"hold": "bypass"}):
        with pytest.raises(ManualLineDiffers):
            written(nord, **other)
    assert Commission.objects.count() == 1
    assert books(nord) == (500, 0, 500)
    assert AuditEvent.objects.get(verb="commission.written").reason == "a prize"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": 10**15 + 1}, "amount_minor"),
        ({"currency": "USD"}, "currency"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"hold": "never"}, "hold"),
        ({"order_ref": "ord_unknown"}, "order"),
        ({"line_ref": "lin_unknown"}, "line"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(in_aurora: Brand, wish: dict[str, Any], field: str) -> None:
    nord = partner("nord", TEN_PERCENT)
    with pytest.raises(InvalidInput) as refused:
        written(nord, **wish)
    assert refused.value.field == field
    assert (Commission.objects.count(), books(nord)) == (0, (0, 0, 0))


def test_a_line_that_the_partner_owes_is_canceled_like_another(in_aurora: Brand) -> None:
    nord = partner("nord", TEN_PERCENT)
    line = written(nord, -700)
    assert books(nord) == (-700, 0, -700)
    cancel_commission(commission=line, reason="a slip", actor=FINANCE, at=AT)
    assert books(nord) == (0, 0, 0)
    assert_books_fit(nord)


class OfAnOrder(TestCase):
    """Refunds take back of a manual line of an order in proportion, before and after it was written."""

    @settings(max_examples=8)
    @given(st.sampled_from([-777, 1, 999, 12_345]), st.integers(0, 100_00), st.integers(0, 100_00), st.booleans())
    def test_what_is_left_is_what_is_left_of_the_line(self, amount: int, before: int, after: int, bypass: bool) -> None:
        with brand_entered(brand_named("Aurora")):
            nord = partner("nord", TEN_PERCENT)
            visitor = "v"
            visit(visitor, nord)
            order = paid_order(offer_at(100_00, code="tour"), visitor)
            drained()
            if before:
                refund(order, before, "ref_1")
                drained()
            line = written(
                nord, amount, "k1", order_ref=order.public_id, line_ref=order.lines.get().public_id,
                hold="bypass" if bypass else "", at=AT + 3 * DAY,
            )  # fmt: skip
            beside = written(nord, 50, "k2", order_ref=order.public_id, at=AT + 3 * DAY)
            mature_due(at=AT + 4 * DAY)
            gone = min(before + after, 100_00)
            if gone > before:
                refund(order, gone - before, "ref_2", at=AT + 5 * DAY)
                drained()
            group = Commission.objects.filter(pk=line.pk) | Commission.objects.filter(reverses=line)
            exact = amount * gone / 100_00
            assert abs(amount - sum_of(group) - exact) <= 0.5
            assert (gone < 100_00) or sum_of(group) == 0
            assert not beside.reversals.exists()
            assert_books_fit(nord)
