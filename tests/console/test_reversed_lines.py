"""The console tells a commission's whole story: what was taken, given back, split off and why."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import freeze_share
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import HoldReason, Kind, Reason
from tenant_apps.console.queries.credit import commission_story
from tenant_apps.console.queries.orders import order_story
from tenant_apps.console.reasons import kind_text, reason_text
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


@pytest.mark.parametrize("code", [*Reason, *HoldReason])
def test_every_reason_has_a_sentence(code: str) -> None:
    assert reason_text(code).endswith(".")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_name(kind: Kind) -> None:
    assert kind_text(kind)
