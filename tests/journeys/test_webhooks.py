"""The same webhook five times, in any order, or while the worker is down: one charge, one attribution, one commission."""

import httpx
import pytest

from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.models import Delivery
from tenant_apps.attribution.models import Attribution
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.browsing import until
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.ledger.models import Entry
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge, InboundEvent
from tests.running import Installation, installation_fixture

installation = pytest.fixture(scope="module")(installation_fixture("webhooks"))


def knobs(installation: Installation, **values: object) -> None:
    httpx.post(f"{installation.stack.sandbox_url}/_sandbox/knobs", json=values).raise_for_status()


def assert_one_of_each(cast: Cast, order: Order) -> None:
    with brand_entered(cast.brand):
        charge = Charge.objects.get(intent__order_ref=order.public_id)
        attribution = Attribution.objects.get(order_ref=order.public_id)
        commission = Commission.objects.get(order_ref=order.public_id)
        assert commission.attribution_ref == attribution.public_id
        assert charge.amount_minor == order.total_minor
        assert Entry.objects.filter(cause__startswith=f"charge:{charge.public_id}:").count() == 1
        assert Entry.objects.filter(cause__startswith=f"commission:{commission.public_id}:accrued").count() == 1
        until(lambda: not Delivery.objects.filter(state="waiting").exists(), what="the outbox to drain")


def test_delivered_five_times_in_any_order(installation: Installation) -> None:
    knobs(installation, duplicate=5, reorder=True)
    story = installation.story(installation.aurora)
    story.visit()
    order = story.buy(installation.aurora.offers[1], email="five@example.com", name="Five Times", by=story.visitor)
    state = until(
        lambda: answer if (answer := httpx.get(f"{installation.stack.sandbox_url}/_sandbox/state").json())["pending"] == 0 else None,
        what="the sandbox to have delivered everything",
    )
    knobs(installation, duplicate=1, reorder=False)
    assert state["pending"] == 0
    assert_one_of_each(installation.aurora, order)
    with brand_entered(installation.aurora.brand):
        assert InboundEvent.objects.count() == len(set(InboundEvent.objects.values_list("event_id", flat=True)))


def test_while_the_worker_is_down(installation: Installation) -> None:
    cast, story = installation.hanok, installation.story(installation.hanok)
    story.visit()
    installation.stack.supervisor.kill("worker")
    with pytest.raises(TimeoutError):
        buy_quickly(story, cast)
    with brand_entered(cast.brand):
        until(lambda: InboundEvent.objects.exists(), what="the webhook to be stored while the worker is down")
        assert list(Charge.objects.all()) == []
    installation.stack.start_worker()
    with brand_entered(cast.brand):
        order = until(lambda: Order.objects.filter(money_state="paid").first(), what="the payment", seconds=90)
        until(lambda: Commission.objects.filter(order_ref=order.public_id).first(), what="the commission", seconds=30)
    assert_one_of_each(cast, order)


def buy_quickly(story: object, cast: Cast) -> None:
    from tenant_apps.console.management.story import plot

    patient, plot.until = plot.until, lambda question, what, seconds=3: patient(question, what=what, seconds=3)
    try:
        story.buy(cast.offers[1], email="down@example.com", name="Worker Down", by=story.visitor)  # type: ignore[attr-defined]
    finally:
        plot.until = patient


def test_redelivered_hours_later(installation: Installation) -> None:
    with brand_entered(installation.aurora.brand):
        before = (Charge.objects.count(), Commission.objects.count(), InboundEvent.objects.count(), Entry.objects.count())
    answer = httpx.post(f"{installation.stack.sandbox_url}/_sandbox/redeliver", json={"times": 3, "shuffle": True})
    answer.raise_for_status()
    until(
        lambda: httpx.get(f"{installation.stack.sandbox_url}/_sandbox/state").json()["pending"] == 0,
        what="the sandbox to have delivered everything again",
    )
    with brand_entered(installation.aurora.brand):
        until(lambda: not Delivery.objects.filter(state="waiting").exists(), what="the outbox to drain")
        after = (Charge.objects.count(), Commission.objects.count(), InboundEvent.objects.count(), Entry.objects.count())
    assert after == before
