"""News of one sale arrives in any order: paid, delivered, refunded, disputed, credited otherwise; it ends alike."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from shared_apps.outbox.models import Delivery
from tenant_apps.attribution.actions import award, ensure_policy
from tenant_apps.commissions.actions import mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    assert_books_fit,
    books,
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
from tests.commissions.selling import mark_paid as pay_order
from tests.conftest import brand_named

NEWS = ("deliver", "refund", "refund more", "dispute", "win", "lose", "award")
End = dict[str, tuple[int, tuple[int, int, int]]]


class TestArrival(TestCase):
    @settings(max_examples=settings.default.max_examples // 10)
    @given(
        total=st.integers(7, 99_999), news=st.lists(st.sampled_from(NEWS), unique=True, min_size=2),
        rate=st.sampled_from(["0.1", "0.333", "1"]), seed=st.integers(0, 10**6),
    )  # fmt: skip
    def test_any_order_of_arrival_ends_alike(self, total: int, news: list[str], rate: str, seed: int) -> None:
        with brand_entered(brand_named("Aurora")):
            in_turn = self.played(total, news, rate, lambda: None)
            assert self.played(total, news, rate, lambda: arrive(Random(seed))) == in_turn

    def played(self, total: int, news: list[str], rate: str, arriving: Callable[[], None]) -> End:
        with transaction.atomic():
            ensure_policy(terms={"model": "linear"}, at=AT - 30 * DAY)
            deals = [
                partner(name, [{"id": "r", "pay": {"kind": "percent", "rate": rate}}]) for name in ("nora", "omar")
            ]
            for number, deal in enumerate(deals):
                visit("v1", deal, AT - (number + 1) * DAY)
            order = order_of(offer_at(total), "v1")
            pay_order(order_ref=order.public_id, at=AT)
            for each in news:
                happen(each, order, deals)
            arriving()
            drained()
            mature_due(at=AT + 40 * DAY)
            drained()
            assert_books_fit(*deals)
            end = {deal.partner_name: (standing(deal), books(deal)) for deal in deals}
            transaction.set_rollback(True)
        return end


def happen(what: str, order: Order, deals: list[Enrollment]) -> None:
    now = Order.objects.get(pk=order.pk)
    left = now.total_minor - now.refunded_minor - now.disputed_minor
    open_dispute = now.disputed_minor and not getattr(order, "decided", False)
    if what == "deliver" and left:
        fulfill(now)
    elif what.startswith("refund") and left:
        refund(now, max(1, left // 3), what)
    elif what == "dispute" and left:
        dispute(now, max(1, left // 2))
    elif what in ("win", "lose") and open_dispute:
        order.decided = True  # type: ignore[attr-defined]
        close(now, won=what == "win")
    elif what == "award":
        shares = [
            {"participant": deals[0].public_id, "weight": "0.7"},
            {"participant": deals[1].public_id, "weight": "0.2"},
        ]
        award(order_ref=order.public_id, shares=shares, cause="operator", actor=FINANCE, at=AT + 3 * DAY)


def arrive(chance: Random) -> None:
    """Hand over a few pieces of news one by one, by lot; what comes too early asks to be told again."""
    for _ in range(25):
        waiting = list(Delivery.objects.filter(state="waiting").values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=waiting).update(due_at=utc_now() + timedelta(days=1), attempts=0)
        Delivery.objects.filter(pk__in=chance.sample(waiting, min(1, len(waiting)))).update(due_at=AT)
        drain_schema()


def drained() -> None:
    for _ in range(5):
        Delivery.objects.filter(state="waiting").update(due_at=AT)
        while drain_schema():
            pass
    assert not Delivery.objects.exclude(state="done").exists()


def standing(deal: Enrollment) -> int:
    return sum_of(Commission.objects.filter(enrollment=deal).exclude(state="canceled"))
