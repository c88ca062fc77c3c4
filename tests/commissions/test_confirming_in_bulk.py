"""Confirming many at once: what is previewed is what is confirmed, or nothing is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.commissions.actions import confirm_selected, hold_commission, write_manual_line
from tenant_apps.commissions.errors import SelectionChanged
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import Selection, selection_preview
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    assert_books_fit,
    offer_at,
    paid_order,
    partner,
    refund,
    visit,
)

Drain = Callable[[], int]


def sold(enrollment: Enrollment, gross: int, drain: Drain, **at: Any) -> Any:
    number = Commission.objects.count()
    visit(f"v{number}", enrollment)
    order = paid_order(offer_at(gross, code=f"tour-{number}"), f"v{number}", **at)
    drain()
    return order


def states() -> list[str]:
    return list(Commission.objects.order_by("pk").values_list("state", flat=True))


def test_the_preview_counts_by_partner_and_currency_what_the_confirmation_takes(in_aurora: Brand, drain: Drain) -> None:
    nord, sued = partner("nord", TEN_PERCENT), partner("sued", TEN_PERCENT)
    first = sold(nord, 100_00, drain)
    sold(nord, 50_00, drain)
    sold(sued, 20_00, drain)
    refund(first, 30_00)
    drain()
    hold_commission(commission=Commission.objects.get(amount_minor=2_00), reason="odd", actor=FINANCE, at=AT)
    seen = selection_preview(Selection())
    assert [(row.partner_name, row.currency, row.lines, row.total_minor) for row in seen.chosen] == [
        ("nord", "EUR", 2, 12_00)  # 10 and 5, less 3 that went back
    ]
    assert (seen.lines, seen.held, seen.totals) == (2, 1, {"EUR": 12_00})
    confirmed = confirm_selected(selection=Selection(), digest=seen.digest, actor=FINANCE, at=AT + DAY)
    assert confirmed == seen
    assert states() == ["confirmed", "confirmed", "hold", "confirmed"]
    assert set(Commission.objects.filter(state="confirmed").values_list("confirmed_at", flat=True)) == {AT + DAY}
    assert AuditEvent.objects.filter(verb="commission.confirmed").count() == 3
    assert Message.objects.filter(name="commission.confirmed").count() == 3
    assert_books_fit(nord, sued)


@pytest.mark.parametrize(
    ("selection", "lines"),
    [
        (Selection(currency="EUR"), 3),
        (Selection(currency="KRW"), 0),
        (Selection(rule="ten", kind="earning"), 2),
        (Selection(kind="manual"), 1),
        (Selection(accrued_from=AT + DAY), 2),
        (Selection(accrued_before=AT + DAY), 1),
        (Selection(min_amount_minor=5_00, max_amount_minor=9_00), 2),
    ],
)
def test_a_selection_narrows(in_aurora: Brand, drain: Drain, selection: Selection, lines: int) -> None:
    nord = partner("nord", TEN_PERCENT)
    sold(nord, 100_00, drain)
    order = sold(nord, 50_00, drain, at=AT + DAY)
    write_manual_line(
        enrollment=nord, amount_minor=9_00, currency="EUR", reason="a prize", key="k", order_ref=order.public_id,
        actor=FINANCE, at=AT + DAY,
    )  # fmt: skip
    assert selection_preview(selection).lines == lines
    of = Selection(partner=nord.partner_ref, order=order.public_id, program=nord.program.public_id)
    assert selection_preview(of).lines == 2


def test_what_changed_since_the_preview_confirms_nothing(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    first = sold(nord, 100_00, drain)
    seen = selection_preview(Selection())
    refund(first, 10_00)
    drain()
    later = selection_preview(Selection())
    sold(nord, 100_00, drain)
    for digest in (seen.digest, later.digest, "0" * 64):
        with pytest.raises(SelectionChanged):
            confirm_selected(selection=Selection(), digest=digest, actor=FINANCE, at=AT)
    assert set(states()) == {"pending"}
    nobody = Selection(partner="par_none")
    with pytest.raises(SelectionChanged):
        confirm_selected(selection=nobody, digest=selection_preview(nobody).digest, actor=FINANCE, at=AT)


def test_it_asks_as_often_for_many_as_for_one(in_aurora: Brand, drain: Drain) -> None:
    nord, asked = partner("nord", TEN_PERCENT), []
    for count in (1, 3):
        for _ in range(count):
            sold(nord, 100_00, drain)
        with CaptureQueriesContext(connection) as queries:
            seen = selection_preview(Selection())
            confirm_selected(selection=Selection(), digest=seen.digest, actor=FINANCE, at=AT)
        assert seen.lines == count
        asked.append(len(queries))
    assert asked[0] == asked[1]
