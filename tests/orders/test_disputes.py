"""Disputes of a payment on an order's lines: held as refunds are spread, given back when won, never too much."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.clock import utc_now
from kernel.errors import NotFound
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.models import Message
from tenant_apps.orders import actions, queries
from tenant_apps.orders.errors import DisputeEndedOtherwise, DisputeExceedsOrder, RefundExceedsOrder
from tenant_apps.orders.models import Line, LineDispute, Order
from tests.conftest import brand_named
from tests.payments.selling import place, publish_offer


def refund(order: Order, ref: str, amount: int) -> Order:
    return actions.apply_refund(order_ref=order.public_id, refund_ref=ref, refunded_minor=amount, at=utc_now())


def dispute(order: Order, ref: str, amount: int) -> Order:
    return actions.apply_dispute(order_ref=order.public_id, dispute_ref=ref, disputed_minor=amount, at=utc_now())


def close(order: Order, ref: str, *, won: bool) -> Order:
    return actions.close_dispute(order_ref=order.public_id, dispute_ref=ref, won=won, at=utc_now())


def two_lines(first_minor: int = 1000, second_minor: int = 500, slug: str = "pass") -> Order:
    order = place(publish_offer(slug=slug, amount_minor=first_minor, tax="0", kind="service"))
    line = order.lines.get()
    Line.objects.create(
        order=order, position=2, offer=line.offer, product_code="extra", product_kind="service", title="Extra",
        quantity=1, gross_minor=second_minor,
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(total_minor=first_minor + second_minor)
    return actions.mark_paid(order_ref=order.public_id, at=utc_now())


def held(order: Order) -> list[int]:
    return list(order.lines.order_by("position").values_list("disputed_minor", flat=True))


def held_by(ref: str) -> list[int]:
    of_lines = LineDispute.objects.filter(dispute_ref=ref).values("line").order_by("line__position")
    return list(of_lines.annotate(held=Sum("amount_minor")).values_list("held", flat=True))


def published(name: str) -> int:
    return Message.objects.filter(name=name).count()


def test_a_dispute_is_held_in_proportion_to_what_each_line_has_left(in_aurora: Any) -> None:
    order = two_lines()
    refund(order, "ref_1", 300)  # 200 and 100: 800 and 400 are left
    order = dispute(order, "dis_1", 600)
    assert (held(order), order.disputed_minor) == ([400, 200], 600)
    assert held_by("dis_1") == [400, 200]
    sale = queries.sale_of(order)
    assert (sale.disputed_minor, [line.disputed_minor for line in sale.lines]) == (600, [400, 200])


def test_a_won_dispute_gives_back_what_it_held(in_aurora: Any) -> None:
    order = two_lines()
    dispute(order, "dis_1", 1500)
    with pytest.raises(RefundExceedsOrder):
        refund(order, "ref_1", 1)
    order = close(order, "dis_1", won=True)
    assert (held(order), order.disputed_minor, order.state) == ([0, 0], 0, "paid")
    assert held_by("dis_1") == [0, 0]
    assert refund(order, "ref_1", 1500).state == "refunded"


def test_a_lost_dispute_keeps_it_and_cancels_what_was_not_delivered(in_aurora: Any) -> None:
    order = two_lines()
    refund(order, "ref_1", 300)
    dispute(order, "dis_1", 1200)
    order = close(order, "dis_1", won=False)
    assert (held(order), order.disputed_minor, order.fulfilment_state) == ([800, 400], 1200, "canceled")
    partly = two_lines(slug="other")
    dispute(partly, "dis_2", 1499)
    assert close(partly, "dis_2", won=False).fulfilment_state == "open"
    # The refund of the rest ends it as the dispute would have, had it come last.
    assert refund(partly, "ref_2", 1).fulfilment_state == "canceled"
    undecided = two_lines(slug="third")
    dispute(undecided, "dis_3", 1200)
    assert refund(undecided, "ref_3", 300).fulfilment_state == "open"


def test_each_step_takes_effect_once_and_tells_once(in_aurora: Any) -> None:
    order = two_lines()
    for _ in range(2):
        dispute(order, "dis_1", 600)
    for _ in range(2):
        close(order, "dis_1", won=True)
    dispute(order, "dis_1", 600)  # an old event again: it is not opened anew
    order.refresh_from_db()
    assert (order.disputed_minor, published("order.disputed"), published("order.dispute_closed")) == (0, 1, 1)
    verbs = AuditEvent.objects.filter(subject_id=order.public_id).values_list("verb", flat=True).order_by("pk")
    assert list(verbs)[-2:] == ["order.disputed", "order.dispute_won"]
    with pytest.raises(DisputeEndedOtherwise):
        close(order, "dis_1", won=False)


def test_what_overtakes_waits_and_what_is_too_much_is_refused(in_aurora: Any) -> None:
    unpaid = place(publish_offer())
    with pytest.raises(RetryLater):
        dispute(unpaid, "dis_1", 100)
    order = two_lines(slug="other")
    with pytest.raises(RetryLater):
        close(order, "dis_1", won=True)
    refund(order, "ref_1", 300)
    with pytest.raises(DisputeExceedsOrder):
        dispute(order, "dis_1", 1201)
    with pytest.raises(NotFound):
        actions.apply_dispute(order_ref="ord_none", dispute_ref="d", disputed_minor=1, at=utc_now())
    assert (held(order), published("order.disputed")) == ([0, 0], 0)


def test_the_database_refuses_more_than_a_line_or_an_order_cost(in_aurora: Any) -> None:
    order = two_lines()
    refund(order, "ref_1", 300)
    for row, most in ((order.lines.get(position=1), 800), (order, 1200)):
        rows = type(row)._default_manager.filter(pk=row.pk)
        rows.update(disputed_minor=most)
        for wrong in (most + 1, -1):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(disputed_minor=wrong)


class Anything(TestCase):
    @given(
        st.lists(
            st.tuples(st.sampled_from(["refund", "dispute", "won", "lost"]), st.integers(1, 1600), st.integers(0, 3)),
            max_size=10,
        )
    )
    @settings(max_examples=40)
    def test_lines_and_order_agree_and_nothing_exceeds_the_cost(self, steps: list[tuple[str, int, int]]) -> None:
        with brand_entered(brand_named("Aurora")):
            order = two_lines()
            for number, (what, amount, which) in enumerate(steps):
                try:
                    if what == "refund":
                        refund(order, f"ref_{number}", amount)
                    elif what == "dispute":
                        dispute(order, f"dis_{which}", amount)
                    else:
                        close(order, f"dis_{which}", won=what == "won")
                except (RefundExceedsOrder, DisputeExceedsOrder, DisputeEndedOtherwise, RetryLater):
                    pass
            order.refresh_from_db()
            lines = list(order.lines.all())
            assert order.disputed_minor == sum(line.disputed_minor for line in lines)
            assert order.refunded_minor == sum(line.refunded_minor for line in lines)
            assert all(line.left_minor >= 0 for line in lines)
            told = [held_by(f"dis_{which}") for which in range(4)]
            assert all(amount >= 0 for amounts in told for amount in amounts)
            assert sum(map(sum, told)) == order.disputed_minor
