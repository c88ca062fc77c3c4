"""Redis is emptied, and gone: sales go on, and what they caused is done when the bell is back."""

import pytest

from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.models import Delivery
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.browsing import until
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge, InboundEvent
from tests.running import PATIENCE, Installation

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cast(installation: Installation) -> Cast:
    return installation.cast(0, "bell")


def test_without_redis_sales_are_taken_and_the_sweeper_finds_the_work(installation: Installation, cast: Cast) -> None:
    installation.flush_redis()
    installation.stop_redis()
    try:
        story = installation.story(cast)
        story.visit()
        story.ask()
        order = story.place(cast.offers[1], email="nobell@example.com", name="No Bell", by=story.visitor)
        installation.wait_until_sent()
        with brand_entered(cast.brand):
            stored = InboundEvent.objects.count()
            assert stored >= 3
            assert Order.objects.get(pk=order.pk).money_state == "unpaid"
            assert Delivery.objects.filter(state="waiting").count() >= stored
    finally:
        installation.start_redis()
    with brand_entered(cast.brand):
        until(
            lambda: Commission.objects.filter(order_ref=order.public_id).exists(), what="the sweeper", seconds=PATIENCE
        )
        assert Charge.objects.filter(intent__order_ref=order.public_id).count() == 1
        assert Commission.objects.filter(order_ref=order.public_id).count() == 1
    installation.wait_until_drained(cast)
    with brand_entered(cast.brand):
        assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
        assert InboundEvent.objects.count() == stored
    assert installation.stack.supervisor.ended() is None, "web, worker and sandbox outlive their bell"
