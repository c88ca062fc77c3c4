"""The same webhook five times, in any order, or while no worker runs: one charge, one attribution, one commission."""

import httpx
import pytest

from shared_apps.brands.entering import brand_entered
from tenant_apps.attribution.models import Attribution
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.browsing import until
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.ledger.models import Entry
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge, InboundEvent
from tests.running import PATIENCE, Installation


@pytest.fixture(scope="module")
def cast(installation: Installation) -> Cast:
    return installation.cast(0, "webhooks")


def assert_one_of_each(installation: Installation, cast: Cast, order: Order) -> None:
    installation.wait_until_sent()
    installation.wait_until_drained(cast)
    with brand_entered(cast.brand):
        charge = Charge.objects.get(intent__order_ref=order.public_id)
        attribution = Attribution.objects.get(order_ref=order.public_id)
        commission = Commission.objects.get(order_ref=order.public_id)
        assert commission.attribution_ref == attribution.public_id
        assert charge.amount_minor == order.total_minor
        assert Entry.objects.filter(cause__startswith=f"charge:{charge.public_id}:").count() == 1
        assert Entry.objects.filter(cause=f"commission:{commission.public_id}:accrued").count() == 1


def test_delivered_five_times_in_any_order(installation: Installation, cast: Cast) -> None:
    installation.knobs(duplicate=5, reorder=1.5)
    story = installation.story(cast)
    story.visit()
    order = story.buy(cast.offers[1], email="five@example.com", name="Five Times", by=story.visitor)
    assert_one_of_each(installation, cast, order)
    installation.knobs(duplicate=1, reorder=0)
    with brand_entered(cast.brand):
        assert InboundEvent.objects.count() == len(set(InboundEvent.objects.values_list("event_id", flat=True))) >= 3


def test_while_the_worker_is_down(installation: Installation, cast: Cast) -> None:
    story = installation.story(cast)
    story.visit()
    installation.kill_worker()
    order = story.place(cast.offers[1], email="down@example.com", name="Worker Down", by=story.visitor)
    installation.wait_until_sent()
    with brand_entered(cast.brand):
        assert InboundEvent.objects.filter(state="stored").count() >= 3
        assert not Charge.objects.filter(intent__order_ref=order.public_id).exists()
    installation.stack.start_worker()
    with brand_entered(cast.brand):
        until(
            lambda: Commission.objects.filter(order_ref=order.public_id).first(),
            what="the commission",
            seconds=PATIENCE,
        )
    assert_one_of_each(installation, cast, order)


def test_redelivered_hours_later(installation: Installation, cast: Cast) -> None:
    def counted() -> list[int]:
        with brand_entered(cast.brand):
            return [model.objects.count() for model in (Charge, Commission, InboundEvent, Entry, Attribution)]

    before = counted()
    address = f"{installation.stack.sandbox_url}/_sandbox/redeliver"
    httpx.post(address, json={"times": 3, "shuffle": True}).raise_for_status()
    installation.wait_until_sent()
    installation.wait_until_drained(cast)
    assert counted() == before
