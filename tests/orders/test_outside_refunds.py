"""Refunds that another system paid: told once per id, off the order, off the commission, off no account of ours."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.errors import DomainError, InvalidInput
from kernel.rates import round_half_away
from kernel.splits import split_in_steps
from shared_apps.accounts.states import Role
from shared_apps.accounts.wording import refusal_text
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.draining import drain_schema
from tenant_apps.attribution.actions import check_import, start_import
from tenant_apps.attribution.models import Import
from tenant_apps.commissions.actions import mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger.actions import close_books
from tenant_apps.ledger.queries import entry_of_cause, trial_balance
from tenant_apps.orders.actions import ToldRefund, mark_paid, record_outside_refund
from tenant_apps.orders.errors import RefundDiffers
from tenant_apps.orders.models import LineRefund, Order, OutsideRefund
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    TEN_PERCENT,
    add_line,
    assert_books_fit,
    lines,
    offer_at,
    order_of,
    partner,
    visit,
)
from tests.conftest import brand_named
from tests.orders.test_api import ask
from tests.payments.selling import paid_elsewhere

SALES = """external_id,at,offer,email,amount,currency,partner,fulfilled
s1,2026-03-09T10:00:00Z,tour,a@b.example,100,EUR,nord,yes
s2,2026-03-09T11:00:00Z,tour,c@d.example,50,EUR,nord,yes
"""
HEADER = "external_id,sale,amount,currency,date,reason\n"
REFUNDS = HEADER + "r1,s1,30.00,eur,2026-03-10,late\nr2,s2,40,EUR,2026-03-11,\nr3,s2,40,EUR,2026-03-11,all of it\n"
Drain = Callable[[], int]


def checked(text: str, kind: str = "refunds", source: str = "shop") -> Import:
    return check_import(kind=kind, source=source, text=text, file_name="f.csv", actor=ACTOR, at=AT + DAY)


def taken(text: str, kind: str = "refunds", source: str = "shop") -> Import:
    file = start_import(file=checked(text, kind, source), actor=ACTOR, at=AT + DAY)
    while drain_schema():
        pass
    file.refresh_from_db()
    return file


def told(order: Order, amount: int, ref: str = "r1", *, day: int = 10, **also: Any) -> OutsideRefund:
    refund = ToldRefund(external_id=ref, amount_minor=amount, currency="EUR", refunded_on=date(2026, 3, day))
    return record_outside_refund(order=order, told=refund, actor=ACTOR, at=AT + DAY, **also)


def test_a_file_takes_back_what_went_back_and_touches_no_account_of_ours(in_aurora: Brand) -> None:
    nord, _ = partner("nord", TEN_PERCENT), offer_at(100_00, tax="0.19")
    taken(SALES, "conversions")
    file = checked(REFUNDS)
    assert (file.totals, [row.facts["total_minor"] for row in file.rows.order_by("number")]) == (
        {"EUR": 80_00}, [30_00, 40_00, 10_00],
    )  # fmt: skip
    file = taken(REFUNDS)
    first, second = Order.objects.order_by("pk")
    assert [(order.money_state, order.refunded_minor) for order in (first, second)] == [
        ("partly_refunded", 30_00), ("refunded", 50_00),
    ]  # fmt: skip
    assert [kind_and_amount[1] for kind_and_amount in lines(first)] == [8_40, -2_52]
    assert sum(amount for _, amount, _ in lines(second)) == 0
    assert_books_fit(nord)
    moved = {row.code.partition(":")[0] for row in trial_balance()}
    assert moved == {"commission_expense", "partner_pending"}
    capped = OutsideRefund.objects.get(external_id="r3")
    assert (capped.amount_minor, capped.applied_minor, capped.reason) == (40_00, 10_00, "all of it")
    again = taken(REFUNDS)
    assert (again.rows_known, again.totals, OutsideRefund.objects.count(), LineRefund.objects.count()) == (3, {}, 3, 3)
    assert AuditEvent.objects.filter(verb="refund.told").count() == 3


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ("r1,s1,30.01,EUR,2026-03-10,late", ["external_id"]),
        ("r1,s1,30,EUR,2026-03-11,late", ["external_id"]),
        ("r9,s9,1,EUR,2026-03-10,", ["sale"]),
        ("r9,s1,1,USD,2026-03-10,", ["currency"]),
        ("r9,s1,0.001,EUR,2026-03-10,", ["amount"]),
        ("r9,s1,-1,EUR,2026-03-10,", ["amount"]),
        ("r9,s1,1,EUR,10.3.2026,", ["date"]),
        ("r9,s1,1,EUR,2026-02-30,", ["date"]),
        ("r9,s1,1,EUR,2026-03-08,", ["date"]),
        ("r9,s1,1,EUR,2026-03-12,", ["date"]),
        ("r9,,,,,", ["sale", "amount", "currency", "date"]),
    ],
)
def test_every_mistake_is_named_by_row_and_column_and_nothing_is_taken(
    in_aurora: Brand, row: str, fields: list[str]
) -> None:
    partner("nord", TEN_PERCENT), offer_at(100_00)
    taken(SALES, "conversions")
    taken(HEADER + "r1,s1,30,EUR,2026-03-10,\n")
    with pytest.raises(InvalidInput) as wrong:
        checked(f"{HEADER}r2,s2,5,EUR,2026-03-10,\n{row}\n")
    assert [error["field"] for error in wrong.value.errors] == [f"rows[3].{field}" for field in fields]
    assert (OutsideRefund.objects.count(), Import.objects.count()) == (1, 2)


def test_what_was_payable_comes_back_as_a_clawback(in_aurora: Brand, drain: Drain) -> None:
    nord, _ = partner("nord", TEN_PERCENT), offer_at(100_00)
    taken(SALES, "conversions")
    mature_due(at=AT + 30 * DAY)
    taken(REFUNDS)
    first = Order.objects.order_by("pk")[0]
    assert lines(first) == [("earning", 10_00, "payable"), ("clawback", -3_00, "payable")]
    assert_books_fit(nord)


@pytest.mark.parametrize(
    ("clawback", "left"),
    [
        ({"window_days": 31}, 0),
        ({"window_days": 30}, 10_00),
        ({"schedule": "declining", "steps": [{"after_days": 31, "rate": "0.4"}]}, 6_00),
        ({"schedule": "pro_rata", "months": 4}, 2_50),
    ],
)
def test_the_contract_counts_from_the_day_of_the_refund_whenever_it_is_told(
    in_aurora: Brand, clawback: dict[str, Any], left: int
) -> None:
    # Two sales of 9 March, given back on 9 April: day 31 by the calendar, a month over. One is told that day, one when
    # April is closed and every window long over.
    nord, _ = partner("nord", TEN_PERCENT), offer_at(100_00)
    nord.contract_versions.update(clawback=clawback)
    taken(SALES.replace(",50,", ",100,"), "conversions")
    mature_due(at=AT + 25 * DAY)
    happened, that_day = date(2026, 4, 9), datetime(2026, 4, 9, 7, tzinfo=UTC)
    for order, at in zip(Order.objects.order_by("pk"), (that_day, that_day + 400 * DAY), strict=True):
        if at > that_day:
            close_books(until=datetime(2026, 5, 1, tzinfo=UTC), actor=ACTOR, at=at)
        fact = ToldRefund(external_id=order.external_id, amount_minor=100_00, currency="EUR", refunded_on=happened)
        record_outside_refund(order=order, told=fact, actor=ACTOR, at=at)
        while drain_schema():
            pass
        assert sum(amount for _, amount, _ in lines(order)) == left
        line = Commission.objects.get(kind="clawback", order_ref=order.public_id)
        assert {"code": "returned_on", "facts": {"day": "2026-04-09"}} in line.explanation
        assert (line.accrued_at, line.payable_at) == (at, at)
        if line.amount_minor:
            entry = entry_of_cause(f"commission:{line.public_id}:clawed_back")
            assert entry is not None
            assert entry.happened_at == datetime(2026, 4, 9, tzinfo=ZoneInfo(in_aurora.timezone))
            assert (entry.booked_at, entry.effective_at == entry.happened_at) == (at, at == that_day)
    assert_books_fit(nord)


def test_what_cannot_be_told_moves_nothing(in_aurora: Brand) -> None:
    partner("nord", TEN_PERCENT), offer_at(100_00)
    taken(SALES, "conversions")
    sale, other = Order.objects.order_by("pk")
    unpaid, here = (order_of(sale.lines.get().offer, visitor) for visitor in ("v1", "v2"))
    paid_elsewhere(here)
    kept = told(sale, 30_00, key="k1")
    assert told(sale, 30_00) == told(sale, 30_00, key="k1") == told(sale, 30_00, key="k2") == kept
    wrong: list[tuple[Order, int, dict[str, Any], str]] = [
        (sale, 30_01, {}, "refund_differs"), (other, 30_00, {}, "refund_differs"),
        (sale, 30_00, {"day": 11}, "refund_differs"), (sale, 10**15 + 1, {"ref": "r2"}, "invalid_input"),
        (sale, 30_00, {"ref": "r2", "key": "k1"}, "refund_differs"),
        (sale, 70_01, {"ref": "r2"}, "refund_exceeds_order"),
        (sale, 0, {"ref": "r2"}, "invalid_input"), (sale, 1, {"ref": " "}, "invalid_input"),
        (unpaid, 1, {}, "order_not_paid"), (here, 1, {}, "order_paid_here"),
    ]  # fmt: skip
    for order, amount, also, code in wrong:
        with pytest.raises(DomainError) as refused:
            told(order, amount, **also)
        assert refused.value.code == code
        if code == "refund_exceeds_order":
            assert refused.value.message == "At most 70.00 EUR is left of order #1."
            with translation.override("es"):
                assert refusal_text(refused.value) == "Del pedido #1 quedan como máximo 70,00\xa0€."
    assert [*OutsideRefund.objects.all()] == [kept]
    assert LineRefund.objects.get().amount_minor == 30_00
    told(other, 20_00, "r3", key="k3")
    with pytest.raises(RefundDiffers):  # the id means one refund, the key another
        told(sale, 30_00, key="k3")
    assert told(other, 30_00, "r4") == told(other, 30_00, "r4")  # nothing is left, and nothing more is asked for
    assert told(other, 1, "r5", capped=True).applied_minor == 0
    assert (OutsideRefund.objects.count(), LineRefund.objects.count()) == (4, 3)


class TestParts(TestCase):
    @settings(max_examples=settings.default.max_examples // 33)
    @given(parts=st.lists(st.integers(1, 60_00), min_size=1, max_size=5), data=st.data())
    def test_parts_in_any_order_and_told_twice_come_to_the_whole(self, parts: list[int], data: st.DataObject) -> None:
        with brand_entered(brand_named("Aurora")):
            nord, offer = partner("nord", TEN_PERCENT), offer_at(100_00)
            visit("v1", nord)
            order = order_of(offer, "v1")
            order.lines.update(gross_minor=(costs := (61_00, 25_99, 13_01))[0])
            for cost in costs[1:]:
                add_line(order, offer, cost)
            Order.objects.filter(pk=order.pk).update(total_minor=sum(costs))
            mark_paid(order_ref=order.public_id, at=AT)
            drain_schema()
            facts = list(enumerate(parts)) + data.draw(st.lists(st.sampled_from(list(enumerate(parts))), max_size=3))
            for number, amount in data.draw(st.permutations(facts)):
                told(order, amount, f"r{number}", capped=True)
                drain_schema()
            self.expect(nord, order, costs, min(sum(parts), 100_00))
            told(order, 100_00, "rest", capped=True)
            self.expect(nord, order, costs, 100_00)

    def expect(self, nord: Any, order: Order, costs: tuple[int, ...], back: int) -> None:
        while drain_schema():
            pass
        order.refresh_from_db()
        gone = split_in_steps(back, costs)
        assert list(order.lines.order_by("position").values_list("refunded_minor", flat=True)) == gone
        for line, cost, part in zip(order.lines.order_by("position"), costs, gone, strict=True):
            earned = Commission.objects.filter(line_ref=line.public_id).aggregate(total=Sum("amount_minor"))["total"]
            full = round_half_away(Fraction(cost, 10))
            assert earned == full - round_half_away(Fraction(full * part, cost))
        assert_books_fit(nord)


def test_finance_tells_of_a_refund_over_the_api_once_per_key(aurora: Brand) -> None:
    with brand_entered(aurora):
        offer_at(100_00)
        taken(SALES.replace("nord", ""), "conversions")
        order = Order.objects.order_by("pk")[0]
        here = paid_elsewhere(order_of(order.lines.get().offer, "v1"))
    body = {"external_id": "r1", "amount_minor": 30_00, "currency": "EUR", "refunded_on": "2026-03-10"}

    def tell(ref: str = order.public_id, *, key: str = "k-1", role: Role = Role.FINANCE, **told: Any) -> Any:
        path, headers = f"/orders/{ref}/outside-refunds", {"Idempotency-Key": key} if key else {}
        return ask(aurora, "post", path, role=role, data=body | told, headers=headers)

    assert (tell(role=Role.OPERATIONS).status_code, tell(key="").status_code) == (403, 422)
    first, again = tell(), tell()
    assert (first.status_code, first.json()) == (200, again.json())
    assert (first.json()["applied_minor"], first.json()["source"]) == (30_00, "shop")
    assert [tell(amount_minor=30_01).json()["code"], tell(external_id="r2").json()["code"]] == ["refund_differs"] * 2
    too_much = tell(key="k-2", external_id="r2", amount_minor=70_01)
    assert (too_much.status_code, too_much.json()["details"]) == (409, {"left_minor": 70_00, "currency": "EUR"})
    for field, value in (("refunded_on", "10.3.2026"), ("currency", "USD"), ("amount_minor", 0), ("external_id", "")):
        wrong = tell(key="k-3", **{"external_id": "r3", field: value})
        assert (wrong.status_code, [error["field"] for error in wrong.json()["details"]["errors"]]) == (422, [field])
    paid_here = tell(here.public_id, key="k-4", external_id="r4")
    assert (paid_here.status_code, paid_here.json()["code"]) == (409, "order_paid_here")
    shown = ask(aurora, "get", f"/orders/{order.public_id}").json()
    assert ([each["external_id"] for each in shown["outside_refunds"]], shown["refunded_minor"]) == (["r1"], 30_00)


def test_refunds_are_finances_and_sales_are_operations_to_bring(aurora: Brand) -> None:
    with brand_entered(aurora):
        offer_at(100_00)
        taken(SALES.replace("nord", ""), "conversions")
    for role, kind, text, status in (
        (Role.OPERATIONS, "refunds", REFUNDS, 403), (Role.FINANCE, "conversions", SALES, 403),
        (Role.FINANCE, "refunds", REFUNDS, 200),
    ):  # fmt: skip
        sent = {"kind": kind, "source": "shop", "csv": text}
        assert ask(aurora, "post", "/imports", role=role, data=sent).status_code == status
    with brand_entered(aurora):
        file = Import.objects.get(kind="refunds")
    path = f"/imports/{file.public_id}"
    for role, status in ((Role.OPERATIONS, 403), (Role.FINANCE, 200)):
        assert ask(aurora, "get", f"{path}/rows", role=role).status_code == status
        assert ask(aurora, "post", f"{path}/start", role=role).status_code == status
