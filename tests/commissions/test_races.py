"""Two writers at once: one accrual, one maturing, and a refund between them is never lost."""

from collections.abc import Callable
from threading import Barrier, Thread

from django.db import connection

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import decide
from tenant_apps.commissions.actions import accrue, confirm_order, follow_money, mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.orders.models import Order
from tests.commissions.selling import (
    AT,
    DAY,
    TEN_PERCENT,
    assert_books_fit,
    decision_of,
    fulfill,
    lines,
    offer_at,
    paid_order,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.conftest import brand_named


def at_once(brand: Brand, *calls: Callable[[], object]) -> None:
    """Run the calls in threads of their own that begin together; raise what any of them raised."""
    gate, failures = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            with brand_entered(brand):
                gate.wait()
                call()
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_writers_at_once_write_once(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        capped = [{"id": "ten", "pay": {"kind": "percent", "rate": "0.10"}, "limits": {"cap_minor": 15_00}}]
        nord, sued, offer = partner("nord", capped), partner("sued", TEN_PERCENT), offer_at(100_00)
        for visitor, enrollment in (("v1", nord), ("v2", nord), ("v3", sued)):
            visit(visitor, enrollment)
        orders = [paid_order(offer, visitor) for visitor in ("v1", "v2", "v3")]
    at_once(brand, *[lambda o=order: decide(order_ref=o.public_id, at=AT) for order in orders for _ in range(2)])
    with brand_entered(brand):
        refs = [decision_of(order) for order in orders]
    at_once(brand, *[lambda r=ref: accrue(attribution_ref=r, at=AT) for ref in refs for _ in range(2)])
    with brand_entered(brand):
        # The cap of 15 holds although both sales of one partner were computed at the same time.
        assert sorted(c.amount_minor for c in Commission.objects.filter(enrollment=nord)) == [5_00, 10_00]
        assert Commission.objects.count() == 3
        for order in orders:
            fulfill(order)
            confirm_order(order_ref=order.public_id, at=AT + DAY)
        refund(orders[2], 40_00)
    at_once(
        brand, lambda: mature_due(at=AT + 20 * DAY), lambda: mature_due(at=AT + 20 * DAY),
        *[lambda: follow_money(order_ref=orders[2].public_id, cause_ref="ref_1", at=AT + 20 * DAY) for _ in range(3)],
    )  # fmt: skip
    with brand_entered(brand):
        assert sum_of(Commission.objects.filter(enrollment=sued)) == 6_00
        assert lines(orders[2])[0] == ("earning", 10_00, "payable")
        assert lines(orders[2])[1] in [("reversal", -4_00, "payable"), ("clawback", -4_00, "payable")]
        assert len(lines(orders[2])) == 2
        assert_books_fit(nord, sued)


def test_a_delivery_at_the_moment_of_the_accrual_confirms(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord, offer = partner("nord", TEN_PERCENT), offer_at(100_00)
        orders = []
        for number in range(6):
            visit(f"v{number}", nord)
            orders.append(paid_order(offer, f"v{number}"))
            decide(order_ref=orders[-1].public_id, at=AT)

    def delivered(order: Order) -> None:
        fulfill(order)
        confirm_order(order_ref=order.public_id, at=AT + DAY)

    for order in orders:
        with brand_entered(brand):
            ref = decision_of(order)
        at_once(brand, lambda o=order: delivered(o), lambda r=ref: accrue(attribution_ref=r, at=AT))
    with brand_entered(brand):
        assert [lines(order) for order in orders] == [[("earning", 10_00, "confirmed")]] * 6
        assert_books_fit(nord)
