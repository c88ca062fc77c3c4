"""Files of other systems: checked whole, taken in the background, the same exact key handled once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.lifecycle import IllegalTransition
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import advance_import, check_import, drop_import, importing, start_import
from tenant_apps.attribution.models import Attribution, DuplicateSuspicion, Import, ImportedTouch, ImportRow
from tenant_apps.attribution.queries import attribution_of_order, replay
from tenant_apps.attribution.rules.imports import conversions_of_csv, touches_of_csv
from tenant_apps.catalog.models import Offer
from tenant_apps.orders.actions import mark_paid
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import create_link
from tests.attribution.test_actions import reasons, shares
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    TEN_PERCENT,
    assert_books_fit,
    lines,
    offer_at,
    paid_order,
    partner,
)

TOUCHES = """external_id,at,partner,email,visitor,campaign
a1,2026-03-09T10:00:00Z,nord,v1@example.com,,spring
a2,2026-03-08T10:00:00+01:00,NORD,,v1,
"""
SALES = """external_id,at,offer,email,amount,currency,partner,name,campaign,fulfilled
s1,2026-03-09T10:00:00Z,tour,Ann@Example.com,120.50,eur,nord,Ann,spring,yes
s2,2026-03-09T11:00:00+01:00,tour,bob@example.com,80,EUR,,,,
"""


def checked(text: str, kind: str = "touches", source: str = "shop") -> Import:
    return check_import(kind=kind, source=source, text=text, file_name="f.csv", actor=ACTOR, at=AT + DAY)


def taken(drain: Callable[[], int], text: str, kind: str = "touches", source: str = "shop") -> Import:
    file = start_import(file=checked(text, kind, source), actor=ACTOR, at=AT + DAY)
    drain()
    file.refresh_from_db()
    return file


def decided(order: Order) -> Attribution:
    found = attribution_of_order(order.public_id)
    assert found is not None
    assert replay(found) == []
    return found


def refused(text: str, kind: str = "touches", source: str = "shop") -> list[str]:
    with pytest.raises(InvalidInput) as wrong:
        checked(text, kind, source)
    return [error["field"] for error in wrong.value.errors]


def test_touches_are_taken_once_and_decide_again_what_they_precede(in_aurora: Brand, drain: Callable[[], int]) -> None:
    nord = partner("nord")
    order = paid_order(offer_at(100_00), "v1")
    drain()
    first = taken(drain, TOUCHES)
    again = taken(drain, TOUCHES)
    assert [(file.state, file.rows_done, file.rows_known) for file in (first, again)] == [
        ("done", 2, 0),
        ("done", 2, 2),
    ]
    assert ImportedTouch.objects.count() == 2
    assert (shares(decided(order)), reasons(decided(order))) == ([(nord.partner_name, 100_00)], [None, None])
    assert [share.campaign for share in decided(order).shares.all()] == ["spring"]
    assert not ImportedTouch.objects.filter(customer_key__contains="@").exists()
    assert not any(row.facts for row in ImportRow.objects.all())  # nothing that it said of people stays


def test_sales_become_paid_orders_credit_their_partner_and_are_handled_once(
    in_aurora: Brand, drain: Callable[[], int]
) -> None:
    nord, _ = partner("nord", TEN_PERCENT), offer_at(999_00, tax="0.19")
    file = checked(SALES, "conversions")
    assert (file.rows_total, file.totals, Order.objects.count()) == (2, {"EUR": 200_50}, 0)
    start_import(file=file, actor=ACTOR, at=AT + DAY)
    drain()
    first, second = Order.objects.order_by("pk")
    assert (first.external_id, first.source, first.total_minor, first.state) == ("s1", "shop", 120_50, "fulfilled")
    assert (first.customer.email, first.tax_minor) == ("ann@example.com", 19_24)
    assert first.paid_at == AT - timedelta(hours=26)
    assert shares(decided(first)) == [(nord.partner_name, 120_50)]
    assert (shares(decided(second)), second.state) == ([], "paid")
    assert lines(first) == [("earning", 10_13, "confirmed")]
    assert_books_fit(nord)
    again = taken(drain, SALES, "conversions")
    assert (again.rows_known, again.rows_refused, Order.objects.count()) == (2, 0, 2)
    assert ImportRow.objects.filter(file=again).values_list("result_ref", flat=True)[0] == first.public_id


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("external_id,at\na,b\n", ["header.partner"]),
        ("external_id,at,partner,emial\n", ["header.emial"]),
        ("external_id,at,partner,email\n", ["rows"]),
        (
            "external_id,at,partner,email\n,yesterday,nobody,x\n",
            ["rows[2].external_id", "rows[2].email", "rows[2].at", "rows[2].partner"],
        ),
        ("external_id,at,partner\na,2026-03-01T00:00:00Z,nord\n", ["rows[2].email"]),
        ("external_id,at,partner,email\na,2026-03-01T00:00:00Z,nord,a@b.example,more\n", ["rows[2]"]),
        (TOUCHES + "a1,2026-03-09T10:00:00Z,nord,b@example.com,,\n", ["rows[4].external_id"]),
        (TOUCHES + "a3,2026-03-09T10:00:00Z,ghost,b@example.com,,\n", ["rows[4].partner"]),
        (TOUCHES + "a3,2027-03-09T10:00:00Z,nord,b@example.com,,\n", ["rows[4].at"]),
        ('external_id,at,partner,email\n"a,b\n', ["rows[2]"]),
        ("", ["header.external_id", "header.at", "header.partner"]),
    ],
)
def test_every_mistake_about_touches_is_named_and_nothing_is_kept(
    in_aurora: Brand, text: str, fields: list[str]
) -> None:
    partner("nord")
    assert refused(text) == fields
    assert (Import.objects.count(), ImportedTouch.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ("s3,soon,tour,x@,1,EUR,,,,", ["rows[4].email", "rows[4].at"]),
        (
            "s1,2027-03-09T10:00:00Z,tent,x@,1.2345,EURO,ghost,,,maybe",
            [
                f"rows[4].{name}"
                for name in ("email", "currency", "amount", "fulfilled", "external_id", "offer", "partner", "at")
            ],
        ),
        ("s3,2026-03-09T10:00:00Z,tent,a@b.example,1,EUR,,,,", ["rows[4].offer"]),
        ("s3,2026-03-09T10:00:00Z,tour,a@b.example,1,USD,,,,", ["rows[4].currency"]),
        ("s3,2026-03-09T10:00:00Z,tour,a@b.example,1,EURO,,,,", ["rows[4].currency"]),
        ("s3,2026-03-09T10:00:00Z,tour,a@b.example,1.005,EUR,,,,", ["rows[4].amount"]),
        ("s3,2026-03-09T10:00:00Z,tour,a@b.example,-5,EUR,,,,", ["rows[4].amount"]),
        ("s3,2026-03-09T10:00:00Z,tour,a@b.example,5,EUR,ghost,,,maybe", ["rows[4].fulfilled", "rows[4].partner"]),
        ("s3,2026-03-09T10:00:00Z,tour,a@b.example,5,EUR,ghost,,,", ["rows[4].partner"]),
        ("s3,2027-03-09T10:00:00Z,tour,a@b.example,5,EUR,,,,", ["rows[4].at"]),
        ("s3,0001-01-01T00:00:00Z,tour,a@b.example,5,EUR,,,,", ["rows[4].at"]),
        (",,,,,,,,,", [f"rows[4].{name}" for name in ("external_id", "at", "offer", "email", "amount", "currency")]),
    ],
)
def test_every_mistake_about_sales_is_named_and_nothing_is_kept(in_aurora: Brand, row: str, fields: list[str]) -> None:
    partner("nord"), offer_at(100_00)
    assert refused(f"{SALES}{row}\n", "conversions") == fields
    assert (Import.objects.count(), ImportRow.objects.count()) == (0, 0)


def test_a_touch_named_like_the_touch_of_a_sale_is_another_one(in_aurora: Brand, drain: Callable[[], int]) -> None:
    partner("nord", TEN_PERCENT), offer_at(100_00)
    names = ("s1", "s1:sale", "sale:s1", "touch:s1")
    rows = [f"{name},2026-03-08T10:00:00Z,nord,ann@example.com" for name in names]
    taken(drain, "\n".join(["external_id,at,partner,email", *rows, ""]))
    taken(drain, SALES, "conversions")
    assert ImportedTouch.objects.count() == len(names) + 1


def test_a_known_id_that_means_something_else_is_refused(in_aurora: Brand, drain: Callable[[], int]) -> None:
    partner("nord"), offer_at(100_00)
    taken(drain, TOUCHES)
    assert refused(TOUCHES.replace("v1@example.com", "v2@example.com")) == ["rows[2].external_id"]
    taken(drain, SALES, "conversions")
    assert refused(SALES.replace("120.50", "120.51"), "conversions") == ["rows[2].external_id"]
    assert taken(drain, SALES, "conversions", "market").rows_known == 0  # another source is another key


@pytest.mark.parametrize(("source", "kind"), [("", "touches"), ("storefront", "touches"), ("a b", "touches")])
def test_a_source_is_named_and_not_our_own(in_aurora: Brand, source: str, kind: str) -> None:
    partner("nord")
    assert refused(TOUCHES, kind, source) == ["source"]
    assert refused(TOUCHES, "dreams", "shop") == ["kind"]


def test_a_sale_that_both_we_and_the_file_know_is_suspected(in_aurora: Brand, drain: Callable[[], int]) -> None:
    offer: Offer = offer_at(100_00)
    order = paid_order(offer, "v1", email="ann@example.com")
    told = "external_id,at,offer,email,amount,currency\nx,2026-03-10T12:05:00Z,tour,ann@example.com,100,EUR\n"
    taken(drain, told, "conversions")
    assert DuplicateSuspicion.objects.get().earlier_ref == order.public_id


def test_a_coupon_code_in_a_file_credits_its_owner(in_aurora: Brand, drain: Callable[[], int]) -> None:
    nord, _ = partner("nord"), offer_at(100_00)
    create_link(enrollment=nord, code="SPRING10", kind="code", actor=ACTOR, at=AT)
    text = "external_id,at,offer,email,amount,currency,code\nx,2026-03-10T12:00:00Z,tour,a@b.example,100,EUR,{}\n"
    assert refused(text.format("WINTER"), "conversions") == ["rows[2].code"]
    taken(drain, text.format("Spring10"), "conversions")
    assert shares(decided(Order.objects.get())) == [("nord", 100_00)]


def test_a_late_worker_and_a_second_start_take_nothing_twice(
    in_aurora: Brand, drain: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 1)
    partner("nord"), offer_at(100_00)
    file = start_import(file=checked(SALES, "conversions"), actor=ACTOR, at=AT + DAY)
    said: dict[str, Any] = {"import_ref": file.public_id, "at": AT + DAY}
    assert advance_import(step=0, **said) is not None
    assert advance_import(step=0, **said) is None
    drain()
    file.refresh_from_db()
    assert (file.state, file.rows_done, Order.objects.count(), file.percent) == ("done", 2, 2, 100)
    with pytest.raises(IllegalTransition):
        start_import(file=file, actor=ACTOR, at=AT + DAY)


def test_an_id_that_another_sale_took_meanwhile_is_counted(in_aurora: Brand, drain: Callable[[], int]) -> None:
    partner("nord"), offer_at(100_00)
    first = checked(SALES, "conversions")
    second = checked(SALES.replace("120.50", "120.51"), "conversions")
    for file in (first, second):
        start_import(file=file, actor=ACTOR, at=AT + DAY)
    drain()
    second.refresh_from_db()
    assert (second.state, second.rows_refused, Order.objects.count()) == ("done", 1, 2)


def test_a_dropped_file_forgets_what_it_said(in_aurora: Brand) -> None:
    partner("nord"), offer_at(100_00)
    file = drop_import(file=checked(SALES, "conversions"), actor=ACTOR, at=AT + DAY)
    assert (file.state, ImportRow.objects.count(), Order.objects.count()) == ("dropped", 0, 0)


def test_a_byte_order_mark_and_any_order_of_columns_are_read() -> None:
    rows = touches_of_csv("\ufeffvisitor,partner,at,external_id\nv1,nord,2026-03-09T10:00:00Z,a1\n").rows
    assert (rows[2].visitor, rows[2].partner, rows[2].external_id) == ("v1", "nord", "a1")


@given(st.lists(st.text(max_size=12), max_size=30), st.text(max_size=60))
def test_whatever_a_file_holds_it_is_read_or_refused_by_name(cells: list[str], raw: str) -> None:
    header = "external_id,at,offer,email,amount,currency,quantity,partner,code,fulfilled\n"
    for text in (raw, header + raw, header + ",".join(cells) + "\n"):
        try:
            told = conversions_of_csv(text).errors
        except InvalidInput as wrong:
            told = wrong.errors
        assert [error for error in told if not (error["field"] and error["message"])] == []


WRONG = "x{0},soon,tent,x@,-1,EUR,ghost,WINTER\n"


def test_all_mistakes_of_all_rows_are_told_at_once_as_fast_for_many_as_for_one(in_aurora: Brand) -> None:
    """Those in the file and those that only this brand can know, each cell's once; and the system's name with them."""
    partner("nord"), offer_at(100_00)
    header, asked = "external_id,at,offer,email,amount,currency,partner,code\n", []
    for count in (1, 3):
        text = header + "".join(WRONG.format(n) for n in range(count))
        with CaptureQueriesContext(connection) as queries:
            told = refused(text, "conversions", "a b")
        columns = ("email", "at", "amount", "offer", "partner", "code")
        assert told == ["source", *(f"rows[{row}].{name}" for row in range(2, count + 2) for name in columns)]
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert refused(f'{header}{WRONG.format(1)}"x2,', "conversions")[-1] == "rows[3]"
    assert (Import.objects.count(), ImportRow.objects.count()) == (0, 0)


def test_what_no_row_can_hold_is_named_and_asked_for_nowhere(in_aurora: Brand) -> None:
    row = f"a\0,2026-03-09T10:00:00Z,t\0,a@b.example,1,EUR,{'9' * 5000}"
    text = f"external_id,at,offer,email,amount,currency,quantity\n{row}\n"
    assert refused(text, "conversions") == [f"rows[2].{name}" for name in ("quantity", "external_id", "offer")]


CELLS = {
    "external_id": ("x1", "", "y" * 81), "at": ("2026-03-09T10:00:00Z", "soon", "2027-03-09T10:00:00Z"),
    "offer": ("tour", "tent", ""), "email": ("a@b.example", "x@", ""), "amount": ("5", "-5", "a lot"),
    "currency": ("EUR", "EURO", "USD"), "partner": ("nord", "", "ghost"), "code": ("", "WINTER"),
}  # fmt: skip
ROW = st.fixed_dictionaries({name: st.integers(0, len(said) - 1) for name, said in CELLS.items()})


@given(st.lists(ROW, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_a_mended_file_has_no_mistakes_left(in_aurora: Brand, rows: list[dict[str, int]]) -> None:
    """Whatever is wrong is told the first time: a file of which only the named cells are mended is taken."""
    if not Offer.objects.exists():
        partner("nord"), offer_at(100_00)
    cells = [{name: CELLS[name][choice] for name, choice in row.items()} for row in rows]
    for number, cell in enumerate(cells):
        cell["external_id"] = cell["external_id"] and f"{number}{cell['external_id']}"
    kept = Import.objects.count()
    try:
        checked(sheet_of(cells), "conversions")
    except InvalidInput as wrong:
        assert Import.objects.count() == kept
        for error in wrong.errors:
            number, name = error["field"].removeprefix("rows[").split("].")
            cells[int(number) - 2][name] = f"mended{number}" if name == "external_id" else CELLS[name][0]
        checked(sheet_of(cells), "conversions")
    assert Import.objects.count() == kept + 1


def sheet_of(cells: list[dict[str, str]]) -> str:
    return "\n".join([",".join(CELLS), *(",".join(cell[name] for name in CELLS) for cell in cells), ""])


def test_an_order_paid_before_keeps_its_day(in_aurora: Brand) -> None:
    order = paid_order(offer_at(100_00), "v1")
    assert mark_paid(order_ref=order.public_id, paid_at=AT - DAY, at=AT + DAY).paid_at == AT
