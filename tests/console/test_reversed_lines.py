"""The console tells a commission's whole story: what was taken, given back, split off and why."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import freeze_share
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import HoldReason, Kind, Reason
from tenant_apps.console.queries.commissions import commission_story
from tenant_apps.console.queries.orders import order_story
from tenant_apps.console.reasons import DIMENSIONS, ROWS, kind_text, reason_text
from tenant_apps.reports.states import Dimension, ExportKind
from tests.commissions.selling import (
    ACTOR,
    AT,
    TEN_PERCENT,
    close,
    dispute,
    offer_at,
    paid_order,
    partner,
    visit,
)


def test_a_dispute_that_was_won_and_a_claim_are_told(in_aurora: Brand, drain: Callable[[], int]) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    dispute(order, 50_00)
    drain()
    close(order, won=True)
    drain()
    freeze_share(
        order_ref=order.public_id, enrollment_id=nord.pk, fraction=Fraction(1, 2), cause_ref="dis_1", actor=ACTOR, at=AT
    )
    told = order_story(order)
    titles = [moment.title for moment in told["timeline"]]
    assert {"Commission reversed", "Commission given back", "Disputed part split off"} <= set(titles)
    story = commission_story(Commission.objects.get(kind="earning"))
    assert [line.kind for line in story["reversals"]] == ["reversal", "reinstatement"]
    assert [line.amount_minor for line in story["parts"]] == [-5_00, 5_00]
    assert story["net_minor"] == 10_00
    said = [moment.title for moment in story["timeline"]]
    assert said[0] == "Commission accrued"
    assert said.count("Disputed part split off") == 2
    held = commission_story(story["parts"][1])["timeline"]
    assert all(moment.title for moment in held)


def test_a_line_without_an_order_has_a_page_and_a_place_in_the_list(
    aurora: Brand, operator_of: Callable[..., Client]
) -> None:
    with brand_entered(aurora):
        nord = partner("nord", TEN_PERCENT)
        bonus = Commission.objects.create(
            kind="bonus", enrollment=nord, partner_ref=nord.partner_ref, base_minor=0, amount_minor=5_00,
            currency="EUR", sale_currency="USD", exchange_rate="1.1", accrued_at=AT, matures_at=AT, period="2026-Q1",
        )  # fmt: skip
    operator = operator_of(aurora, Role.OPERATIONS)
    assert operator.get("/console/commissions/commission/").status_code == 200
    page = operator.get(f"/console/commissions/commission/{bonus.pk}/change/").content.decode()
    for said in ("Timeline", "1 USD = 1.1 EUR", "2026-Q1"):
        assert said in page, said


@pytest.mark.parametrize("code", [*Reason, *HoldReason])
def test_every_reason_has_a_sentence(code: str) -> None:
    assert reason_text(code).endswith(".")


def test_every_dimension_and_export_has_a_name() -> None:
    assert set(DIMENSIONS) == set(Dimension)
    assert set(ROWS) == set(ExportKind)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_name(kind: Kind) -> None:
    assert kind_text(kind)
