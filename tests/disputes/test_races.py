"""Two at once: one claim, one decision; the other is told."""

from pathlib import Path
from typing import Any

import pytest

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.draining import drain_schema
from tenant_apps.attribution.models import Attribution
from tenant_apps.disputes.actions import close_due, decide_dispute, open_dispute
from tenant_apps.disputes.errors import DisputeClosed, DisputeOpen
from tenant_apps.disputes.models import CreditDispute
from tests.commissions import selling
from tests.conftest import brand_named
from tests.disputes.claiming import FINANCE, LATER, OPS, PROOF, claimed, deadline, fresh, held, sold, standing
from tests.running import together


@pytest.fixture
def aurora_committed(own_database: str, settings: Any, tmp_path: Path) -> Brand:
    settings.MEDIA_ROOT = tmp_path
    return brand_named("Aurora")


def drain() -> int:
    handled = total = drain_schema()
    while handled:
        handled = drain_schema()
        total += handled
    return total


def inside(brand: Brand, call: Any) -> Any:
    def run() -> Any:
        with brand_entered(brand):
            return call()

    return run


def test_two_decisions_at_once_are_one(aurora_committed: Brand) -> None:
    brand = aurora_committed
    with brand_entered(brand):
        order, nora, omar = sold(drain)
        dispute = claimed(order, omar, drain)

    def decide(granted: str) -> Any:
        return inside(
            brand,
            lambda: decide_dispute(dispute=dispute, granted=granted, reason="So.", actor=FINANCE, at=LATER),
        )

    answers = together(
        decide("1/2"), decide("1/4"), decide("0"), inside(brand, lambda: close_due(at=deadline(dispute)))
    )
    with brand_entered(brand):
        drain()
        done = fresh(dispute)
        decided = [answer for answer in answers[:3] if isinstance(answer, CreditDispute)]
        assert len(decided) + (done.state == "expired") == 1
        assert all(isinstance(answer, CreditDispute | DisputeClosed) for answer in answers[:3])
        assert Attribution.objects.count() == (1 if done.outcome == "rejected" else 2)
        assert held(nora) == 0
        selling.assert_books_fit(nora, omar)
        assert standing(nora) + standing(omar) > 0


def test_two_claims_at_once_are_one(aurora_committed: Brand) -> None:
    brand = aurora_committed
    with brand_entered(brand):
        order, nora, omar = sold(drain)

    def claim() -> Any:
        return open_dispute(
            order_ref=order.public_id, claimant=omar, claimed="1/2", grounds="other", statement="Mine.", actor=OPS,
            at=LATER, files=[PROOF],
        )  # fmt: skip

    answers = together(inside(brand, claim), inside(brand, claim), inside(brand, claim))
    with brand_entered(brand):
        assert sorted(type(answer).__name__ for answer in answers) == ["CreditDispute", "DisputeOpen", "DisputeOpen"]
        assert any(isinstance(answer, DisputeOpen) for answer in answers)
        assert (CreditDispute.objects.count(), held(nora)) == (1, 500)
