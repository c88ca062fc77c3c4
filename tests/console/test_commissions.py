"""Commissions in the console: held and released, canceled, written by hand, confirmed in bulk."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.draining import drain_schema
from tenant_apps.commissions.models import Commission
from tenant_apps.programs.actions import set_contract
from tests.commissions.selling import ACTOR, AT, DAY, TEN_PERCENT, offer_at, paid_order, partner, visit

Operators = Callable[..., Client]
PAGE = "/console/commissions/confirm"


@pytest.fixture
def line(aurora: Brand) -> Commission:
    with brand_entered(aurora):
        visit("v", partner("nord", TEN_PERCENT))
        paid_order(offer_at(100_00), "v")
        while drain_schema():
            pass
        return Commission.objects.get()


def state_of(brand: Brand, line: Commission) -> str:
    with brand_entered(brand):
        return Commission.objects.get(pk=line.pk).state


def test_a_line_is_held_released_and_canceled_with_a_reason(
    aurora: Brand, operator_of: Operators, line: Commission
) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    page = f"/console/commissions/commission/{line.pk}/change/"
    for verb, reason, state in (
        ("hold", "", "pending"), ("hold", "odd", "hold"), ("release", "checked", "pending"),
        ("cancel", "fraud", "canceled"), ("release", "again", "canceled"),
    ):  # fmt: skip
        assert finance.post(f"/console/verbs/commissions/{line.pk}/{verb}", {"reason": reason}).status_code == 302
        assert state_of(aurora, line) == state
        shown = finance.get(page).content.decode()
        assert ("Release</button>" in shown, "Hold</button>" in shown) == (state == "hold", state == "pending")


def test_operations_confirm_and_do_not_decide_or_write(aurora: Brand, operator_of: Operators, line: Commission) -> None:
    operations = operator_of(aurora, Role.OPERATIONS)
    for path in (f"verbs/commissions/{line.pk}/hold", f"new/enrollments/{line.enrollment_id}/line"):
        assert operations.post(f"/console/{path}", {"reason": "odd"}).status_code == 403
    assert operations.get(PAGE).status_code == 200
    assert operations.get("/console/commissions/price").status_code == 403


def test_a_line_is_written_by_hand_once_for_a_form(aurora: Brand, operator_of: Operators, line: Commission) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    path = f"/console/new/enrollments/{line.enrollment_id}/line"
    nonce = re.search(r'name="nonce" value="([^"]+)"', finance.get(path).content.decode())
    assert nonce is not None
    form = {"amount": "-2.50", "currency": "eur", "reason": "as agreed", "hold": "bypass", "nonce": nonce[1]}
    wrong = finance.post(path, form | {"amount": "much", "order": "ord_1"})
    assert (wrong.status_code, "tb-wrong" in wrong.content.decode()) == (422, True)
    for _ in range(2):
        assert finance.post(path, form).status_code == 302
    with brand_entered(aurora):
        written = Commission.objects.get(kind="manual")
    assert (written.amount_minor, written.currency, written.state) == (-250, "EUR", "confirmed")
    assert "as agreed" in finance.get(f"/console/commissions/commission/{written.pk}/change/").content.decode()


def test_many_are_confirmed_as_they_were_shown(aurora: Brand, operator_of: Operators, line: Commission) -> None:
    operations = operator_of(aurora, Role.OPERATIONS)
    assert "Confirm them" not in operations.get(PAGE).content.decode()
    assert "Nothing pending fits" in operations.get(PAGE, {"currency": "KRW"}).content.decode()
    assert operations.get(PAGE, {"since": "never"}).status_code == 422
    asked = {"partner": line.partner_ref, "since": "2026-03-01", "before": "2026-04-01"}
    shown = operations.get(PAGE, asked).content.decode()
    assert "€10.00" in shown
    digest = re.search(r'name="digest" value="([^"]+)"', shown)
    assert digest is not None
    for typed, seen, status in (("2", digest[1], 422), ("1", "0" * 64, 409), ("1", digest[1], 302)):
        assert operations.post(PAGE, asked | {"digest": seen, "typed": typed}).status_code == status
        assert state_of(aurora, line) == ("confirmed" if status == 302 else "pending")


def test_held_lines_are_priced_again_as_they_were_shown(aurora: Brand, operator_of: Operators) -> None:
    finance, path = operator_of(aurora, Role.FINANCE), "/console/commissions/price"
    assert "Nothing is held" in finance.get(path, {"currency": ""}).content.decode()
    with brand_entered(aurora):
        deal = partner("nord")
        for name in ("v1", "v2"):
            visit(name, deal)
            paid_order(offer_at(100_00, code=name), name)
        while drain_schema():
            pass
        one = Commission.objects.order_by("pk")[0]
    assert "Price it again" in finance.get(f"/console/commissions/commission/{one.pk}/change/").content.decode()
    assert "It stays held." in finance.get(path, {"currency": ""}).content.decode()
    with brand_entered(aurora):
        set_contract(enrollment=deal, currency="EUR", rules=TEN_PERCENT, effective_from=AT - DAY, actor=ACTOR, at=AT)
    for _ in range(2):
        assert finance.post(f"/console/verbs/commissions/{one.pk}/price", {"reason": "by word"}).status_code == 302
    shown = finance.get(path, {"partner": deal.partner_ref}).content.decode()
    assert ("€10.00" in shown, "Price 1 line" in shown) == (True, True)
    digest = re.search(r'name="digest" value="([^"]+)"', shown)
    assert digest is not None
    asked = {"partner": deal.partner_ref, "reason": ""}
    for seen, status in (("0" * 64, 409), (digest[1], 302)):
        assert finance.post(path, asked | {"digest": seen}).status_code == status
    with brand_entered(aurora):
        rows = Commission.objects.order_by("pk").values_list("amount_minor", "state")
        assert list(rows) == [(0, "canceled"), (0, "canceled"), (10_00, "pending"), (10_00, "pending")]
