"""Finance sees what a close would draw up, to the cent and with who cannot be paid, before it closes."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.commissions.models import Commission
from tenant_apps.settlements.actions import close_period, rehearse_close
from tenant_apps.settlements.models import CadenceChange, Period, Settlement
from tests.settlements.books import ANNA, MAY, clawed_back, earned, enrolled

Operators = Callable[..., Client]
JUNE = datetime(2026, 6, 2, tzinfo=UTC)


def test_a_rehearsal_agrees_with_the_close_and_keeps_nothing(aurora: Brand) -> None:
    with brand_entered(aurora):
        rich, poor = enrolled(aurora, "Rich"), enrolled(aurora, "Poor", minimum=50_00)
        clawed_back(earned(rich, 90_00, MAY), 30_00, MAY)
        earned(poor, 20_00, MAY)
        earned(poor, 70_00, MAY, state="confirmed", confirmed_at=MAY, payable_at=None)
        earned(rich, 5_00, MAY, state="hold", held_for="manual", payable_at=None)
        told = Message.objects.count()
        rehearsed = rehearse_close(label="2026-05", actor=ANNA, at=JUNE)
        assert (Period.objects.count(), Settlement.objects.count(), Message.objects.count()) == (0, 0, told)
        assert Commission.objects.filter(state="confirmed").count() == 1
        shown = [(one.settlement.partner_name, one.lines, one.settlement.payout_minor) for one in rehearsed.drafts]
        assert shown == [("Poor", 2, 90_00), ("Rich", 2, 60_00)]
        assert [(row.partner_name, row.reason, row.amount_minor) for row in rehearsed.held] == [("Rich", "manual", 500)]
        period = close_period(label="2026-05", actor=ANNA, at=JUNE)
        settled = period.settlements.order_by("partner_name").values_list("partner_name", "payout_minor")
        assert list(settled) == [(name, payout) for name, _, payout in shown]


@pytest.fixture
def page(aurora: Brand) -> str:
    with brand_entered(aurora):
        earned(enrolled(aurora, "Below", minimum=50_00), 20_00, MAY)
        earned(enrolled(aurora, "Above"), 80_00, MAY)
    return "/console/periods/close/2026-05"


def test_the_preview_names_amounts_and_reasons_and_asks_for_the_label(
    aurora: Brand, operator_of: Operators, page: str
) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    assert "/periods/close/2026-05" in finance.get("/console/settlements/period/").content.decode()
    shown = finance.get(page).content.decode()
    for said in ("May 2026", "€80.00", "€20.00", "Below the minimum payout", "The partner has not said yet"):
        assert said in shown
    for typed, closed in (("yes", 0), ("2026-05", 1)):
        assert finance.post("/console/verbs/periods/close", {"label": "2026-05", "typed": typed}).status_code == 302
        with brand_entered(aurora):
            assert Period.objects.count() == closed
    with brand_entered(aurora):
        pk = Period.objects.get().pk
    shown = finance.get(f"/console/settlements/period/{pk}/change/").content.decode()
    assert "0 of 2" in shown
    assert "Approve all drafts" in shown


def test_the_preview_is_for_those_who_may_close(aurora: Brand, operator_of: Operators, page: str) -> None:
    assert operator_of(aurora, Role.OPERATIONS).get(page).status_code == 403


@pytest.mark.parametrize("label", ["2019-01-H2", "2999-01", "nonsense"])
def test_what_cannot_be_closed_is_said(aurora: Brand, operator_of: Operators, label: str) -> None:
    assert operator_of(aurora, Role.FINANCE).get(f"/console/periods/close/{label}").status_code == 302


def test_a_preview_costs_the_same_for_one_partner_and_three(aurora: Brand, operator_of: Operators) -> None:
    finance, path = operator_of(aurora, Role.FINANCE), "/console/periods/close/2026-05"
    with brand_entered(aurora):
        earned(enrolled(aurora, "One"), 10_00, MAY)
    finance.get(path)
    counts = []
    for name in ("Two", "Three"):
        with CaptureQueriesContext(connection) as queries:
            assert finance.get(path).status_code == 200
        counts.append(len([each for each in queries if "set_config" not in each["sql"]]))
        with brand_entered(aurora):
            earned(enrolled(aurora, name), 10_00, MAY)
            earned(enrolled(aurora, f"{name} again"), 10_00, MAY)
    assert counts[0] == counts[1]


def test_the_cadence_changes_where_a_period_begins(aurora: Brand, operator_of: Operators) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    form = finance.get("/console/periods/cadence")
    day = form.context["form"].fields["starts_on"].choices[0][0]
    assert day.endswith("-01")
    wrong = finance.post("/console/periods/cadence", {"cadence": "month", "starts_on": day})
    assert (wrong.status_code, "is month already on that day" in wrong.content.decode()) == (422, True)
    assert finance.post("/console/periods/cadence", {"cadence": "week", "starts_on": day}).status_code == 302
    with brand_entered(aurora):
        assert CadenceChange.objects.get().starts_on.isoformat() == day
    assert "How this changed" in finance.get("/console/settlements/period/").content.decode()
