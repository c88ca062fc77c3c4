"""Whatever happens to a sale, in whatever order: lines = ledger, and a full refund leaves nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.errors import DomainError
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from shared_apps.outbox.models import Delivery
from tenant_apps.attribution.actions import ensure_policy
from tenant_apps.commissions.actions import hold_commission, mark_paid, mature_due, release_commission
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import payable_commissions, recomputed_minor
from tenant_apps.orders.actions import mark_paid as pay_order
from tenant_apps.orders.models import LineDispute, Order
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    add_line,
    assert_books_fit,
    close,
    dispute,
    fulfill,
    offer_at,
    order_of,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.conftest import brand_named

PAYS = st.one_of(
    st.builds(lambda rate: {"kind": "percent", "rate": str(rate)}, st.decimals("0", "1", places=4)),
    st.builds(lambda amount: {"kind": "fixed", "amount_minor": amount, "per": "order"}, st.integers(0, 10_000)),
)
POLICIES: list[dict[str, Any]] = [{"model": "last"}, {"model": "linear"}, {"model": "time_decay", "half_life_days": 7}]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["refund", "dispute"]), st.integers(1, 20_000)),
        st.sampled_from(
            [
                ("fulfill", 0),
                ("mature", 0),
                ("pay", 0),
                ("again", 0),
                ("hold", 0),
                ("release", 0),
                ("win", 0),
                ("lose", 0),
            ]
        ),
    ),
    max_size=8,
)


class TestConservation(TestCase):
    @settings(max_examples=settings.default.max_examples // 8)
    @given(
        pays=st.lists(PAYS, min_size=1, max_size=3), policy=st.sampled_from(POLICIES),
        grosses=st.lists(st.integers(1, 30_000), min_size=1, max_size=3), steps=STEPS,
    )  # fmt: skip
    def test_a_sale_and_its_full_refund_come_to_nothing(
        self, pays: list[dict[str, Any]], policy: dict[str, Any], grosses: list[int], steps: list[tuple[str, int]]
    ) -> None:
        with brand_entered(brand_named("Aurora")):
            ensure_policy(terms=policy, at=AT - 30 * DAY)
            partners = [partner(f"p{n}", [{"id": "r", "pay": pay}]) for n, pay in enumerate(pays)]
            for number, enrollment in enumerate(partners):
                visit("v1", enrollment, AT - (number + 1) * DAY)
            order = self.sold(grosses)
            for number, step in enumerate(steps):
                self.take(order, step, f"ref_{number}")
                drained()
                assert_books_fit(*partners)
            left = left_of(order)
            if left:
                refund(order, left, "ref_last")
            drained()
            assert_books_fit(*partners)
            assert sum_of(Commission.objects.all()) == 0
            for earning in Commission.objects.filter(kind="earning"):
                assert recomputed_minor(earning) == earning.amount_minor
                assert sum_of(earning.reversals.all()) == -earning.amount_minor
            assert Delivery.objects.exclude(state="done").count() == 0

    def sold(self, grosses: list[int]) -> Order:
        first = offer_at(grosses[0])
        order = order_of(first, "v1")
        for number, gross in enumerate(grosses[1:]):
            add_line(order, offer_at(gross, code=f"extra-{number}"), gross)
        return pay_order(order_ref=order.public_id, at=AT)

    def take(self, order: Order, step: tuple[str, int], ref: str) -> None:
        what, amount = step
        current, at = fresh(order), AT + 30 * DAY
        if what in ("refund", "dispute"):
            if left := left_of(order):
                (refund if what == "refund" else dispute)(order, min(amount, left), ref, at)
        elif what in ("win", "lose"):
            for held in open_disputes(order)[:1]:
                close(order, won=what == "win", ref=held, at=at)
        elif what == "fulfill":
            if current.money_state in ("paid", "partly_refunded"):
                fulfill(current, at)
        elif what == "mature":
            mature_due(at=at)
        elif what == "pay":
            mark_paid(commissions=payable_commissions(before=at + DAY), at=at)
        elif what == "again":
            Delivery.objects.update(state="waiting")
        else:
            self.decide_by_hand(what)

    def decide_by_hand(self, what: str) -> None:
        verb = hold_commission if what == "hold" else release_commission
        for earning in Commission.objects.filter(kind="earning"):
            try:
                verb(commission=earning, reason="by hand", actor=FINANCE, at=AT + 30 * DAY)
            except DomainError:
                assert_books_fit()


def drained() -> None:
    """Work off everything, also what was put back to wait."""
    for _ in range(4):
        Delivery.objects.filter(state="waiting").update(due_at=AT)
        while drain_schema():
            pass


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def left_of(order: Order) -> int:
    """What is neither refunded nor disputed."""
    current = fresh(order)
    return current.total_minor - current.refunded_minor - current.disputed_minor


def open_disputes(order: Order) -> list[str]:
    of_order = LineDispute.objects.filter(line__order=order)
    closed = of_order.exclude(step="opened").values("dispute_ref")
    return sorted(set(of_order.exclude(dispute_ref__in=closed).values_list("dispute_ref", flat=True)))
