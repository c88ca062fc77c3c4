"""Two writers at once: one accrual, one maturing, and a refund between them is never lost."""

from collections.abc import Callable
from fractions import Fraction
from threading import Barrier, Thread

from django.db import connection

from kernel.errors import DomainError
from kernel.rates import round_half_away
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.errors import RetryLater
from tenant_apps.attribution.actions import award, decide
from tenant_apps.attribution.queries import attribution_of_order, fraction_of, shares
from tenant_apps.commissions.actions import (
    Outcome,
    accrue,
    confirm_order,
    follow_money,
    freeze_share,
    hold_commission,
    mature_due,
    reattribute,
    release_commission,
    unfreeze,
)
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.rules import Return, due_minor
from tenant_apps.orders.models import Order
from tenant_apps.orders.queries import money_back
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    accrued_order,
    assert_books_fit,
    close,
    decision_of,
    dispute,
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


def test_thirty_two_writers_on_one_order_end_where_any_order_of_them_would(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord, sued = partner("nord", TEN_PERCENT), partner("sued", TEN_PERCENT)
        visit("v1", nord)
        order = accrued_order(offer_at(100_01), "v1")
        fulfill(order)
        dispute(order, 30_00, "dp_0")

    def refunded(number: int) -> None:
        refund(order, 7_77, f"ref_{number}")
        follow_money(order_ref=order.public_id, cause_ref=f"ref_{number}", at=AT + 3 * DAY)

    def disputed(number: int) -> None:
        dispute(order, 11_11, f"dp_{number}")
        follow_money(order_ref=order.public_id, cause_ref=f"dp_{number}", at=AT + 3 * DAY)
        close(order, won=number % 2 == 0, ref=f"dp_{number}")
        follow_money(order_ref=order.public_id, cause_ref=f"dp_{number}", at=AT + 9 * DAY)

    def won() -> None:
        close(order, won=True, ref="dp_0")
        follow_money(order_ref=order.public_id, cause_ref="dp_0", at=AT + 9 * DAY)

    def claimed(number: int) -> None:
        cause = f"dis_{number}"
        freeze_share(
            order_ref=order.public_id, enrollment_id=nord.pk, fraction=Fraction(1, 3), cause_ref=cause, actor=FINANCE,
            at=AT,
        )  # fmt: skip
        unfreeze(cause_ref=cause, outcome=Outcome.REJECTED, actor=FINANCE, at=AT + 9 * DAY)

    def clicked(verb: Callable[..., object]) -> None:
        earning = Commission.objects.filter(enrollment=nord, kind="earning").latest("pk")
        verb(commission=earning, reason="Click", actor=FINANCE, at=AT + DAY)

    def awarded(weight: str) -> None:
        shares = [{"participant": nord.public_id, "weight": weight}]
        award(order_ref=order.public_id, shares=shares, cause="claim", actor=FINANCE, at=AT + 5 * DAY)
        reattribute(order_ref=order.public_id, at=AT + 5 * DAY)

    calls: list[Callable[[], object]] = [
        *[lambda n=number: refunded(n) for number in range(10)],
        *[lambda n=number: disputed(n) for number in range(1, 6)],
        *[lambda n=number: claimed(n) for number in range(4)],
        *[lambda v=verb: clicked(v) for verb in (hold_commission, release_commission) for _ in range(3)],
        *[lambda: confirm_order(order_ref=order.public_id, at=AT + DAY) for _ in range(2)],
        *[lambda: mature_due(at=AT + 20 * DAY) for _ in range(2)],
        *[lambda w=weight: awarded(w) for weight in ("0.9", "0.5")], won,
    ]  # fmt: skip
    assert len(calls) == 32
    at_once(brand, *[lambda c=call: refused_or_done(c) for call in calls])
    with brand_entered(brand):
        end_as_one(order, nord, sued)


def refused_or_done(call: Callable[[], object]) -> None:
    """What a rule refuses is an answer, too; anything else is not."""
    try:
        call()
    except (DomainError, RetryLater):
        assert not connection.in_atomic_block


def end_as_one(order: Order, nord: Enrollment, sued: Enrollment) -> None:
    """Whatever was refused: what is taken back is what the money that is back asks for, to the cent."""
    current = Order.objects.get(pk=order.pk)
    back = current.refunded_minor + current.disputed_minor
    assert 0 < back <= current.total_minor
    assert sum(each.amount_minor for found in money_back(order.public_id).values() for each in found) == back
    decision = attribution_of_order(order.public_id)
    assert decision is not None
    assert reattribute(order_ref=order.public_id, at=AT + 10 * DAY) == []
    assert follow_money(order_ref=order.public_id, cause_ref="last", at=AT + 10 * DAY) == []
    weight = fraction_of(shares(decision).get())
    earned = round_half_away(Fraction(current.total_minor, 10) * weight)
    taken = due_minor(
        commission_minor=earned, base_minor=current.total_minor, returns=[Return("all", back, AT)], sold_at=AT
    )
    assert sum_of(Commission.objects.filter(enrollment=nord)) == earned - taken
    assert_books_fit(nord, sued)
