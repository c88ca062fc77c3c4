"""What is held stays held, and what is released is never forgotten, whoever writes beside it."""

import time
from collections.abc import Callable
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from kernel.errors import IllegalTransition
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import decide
from tenant_apps.commissions.actions import accrue, confirm, confirm_order, hold_commission, release_commission
from tenant_apps.commissions.models import Commission
from tenant_apps.orders.models import Order
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    decision_of,
    fulfill,
    lines,
    offer_at,
    paid_order,
    partner,
    visit,
)
from tests.conftest import brand_named


def earned() -> Order:
    nord, offer = partner("nord", TEN_PERCENT), offer_at(100_00)
    visit("v1", nord)
    order = paid_order(offer, "v1")
    decide(order_ref=order.public_id, at=AT)
    accrue(attribution_ref=decision_of(order), at=AT)
    return order


def test_a_held_commission_is_released_with_a_reason_and_not_confirmed_past_it(in_aurora: Brand) -> None:
    order = earned()
    earning = Commission.objects.get()
    hold_commission(commission=earning, reason="Looks like one person", actor=FINANCE, at=AT)
    with pytest.raises(IllegalTransition):
        confirm(commission=earning, actor=ACTOR, at=AT + DAY)
    assert lines(order) == [("earning", 10_00, "hold")]


def test_a_hold_put_on_while_the_order_is_confirmed_holds(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        order = earned()
        fulfill(order)
    while_open(
        brand, lambda: hold_commission(commission=Commission.objects.get(), reason="Fraud", actor=FINANCE, at=AT),
        lambda: confirm_order(order_ref=order.public_id, at=AT + DAY),
    )  # fmt: skip
    with brand_entered(brand):
        assert lines(order) == [("earning", 10_00, "hold")]


def test_a_release_that_races_the_delivery_still_ends_confirmed(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        order = earned()
        hold_commission(commission=Commission.objects.get(), reason="Look", actor=FINANCE, at=AT)

    def deliver() -> None:
        fulfill(order)
        confirm_order(order_ref=order.public_id, at=AT + DAY)

    while_open(
        brand, lambda: release_commission(commission=Commission.objects.get(), reason="Fine", actor=FINANCE, at=AT),
        deliver,
    )  # fmt: skip
    with brand_entered(brand):
        assert lines(order) == [("earning", 10_00, "confirmed")]


def while_open(brand: Brand, first: Callable[[], object], second: Callable[[], object]) -> None:
    """Begin `second` in another thread after `first` has written and before it commits."""
    written, failures = Event(), []

    def beside() -> None:
        try:
            with brand_entered(brand):
                written.wait(10)
                second()
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)
        finally:
            connection.close()

    thread = Thread(target=beside)
    thread.start()
    with brand_entered(brand), transaction.atomic():
        first()
        written.set()
        time.sleep(0.5)
    thread.join(20)
    assert failures == []
