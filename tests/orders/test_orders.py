"""Orders: totals from the catalog, states that only move forward, refunds that add up."""

import itertools
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import utc_now
from kernel.errors import IllegalTransition, InvalidInput
from kernel.splits import split_in_steps
from shared_apps.audit.models import AuditEvent
from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.models import Message
from tenant_apps.catalog.actions import archive_offer
from tenant_apps.customers.actions import open_lead
from tenant_apps.customers.models import Customer
from tenant_apps.orders import actions, queries
from tenant_apps.orders.errors import OfferNotForSale, OrderDiffers, OrderNotPaid, RefundExceedsOrder
from tenant_apps.orders.models import Line, Order
from tenant_apps.orders.rules import included_tax, refund_spread
from tenant_apps.orders.states import FULFILMENT, MONEY, FulfilmentState, MoneyState
from tests.payments.selling import TESTS, place, publish_offer


def refund(order: Order, ref: str, amount: int) -> Order:
    return actions.apply_refund(order_ref=order.public_id, refund_ref=ref, refunded_minor=amount, at=utc_now())


def paid(order: Order) -> Order:
    return actions.mark_paid(order_ref=order.public_id, at=utc_now())


def published(name: str) -> int:
    return Message.objects.filter(name=name).count()


def test_totals_come_from_the_catalog(in_aurora: Any) -> None:
    order = place(publish_offer(), quantity=3)
    line = order.lines.get()
    assert (order.number, order.total_minor, order.tax_minor) == (1, 35700, 5700)
    assert (line.gross_minor, line.tax_minor, line.cost_minor, line.quantity) == (35700, 5700, 4000, 3)
    assert (order.state, published("order.placed")) == ("placed", 1)


def test_the_same_external_id_is_the_same_order_and_another_content_is_refused(in_aurora: Any) -> None:
    offer = publish_offer()
    order = place(offer, external_id="import-7")
    assert place(offer, external_id="import-7").pk == order.pk
    assert place(offer, external_id="import-7", source="api").pk != order.pk
    with pytest.raises(OrderDiffers):
        place(offer, external_id="import-7", quantity=2)
    with pytest.raises(OrderDiffers):
        place(offer, external_id="import-7", email="other@example.com")
    assert (Order.objects.count(), published("order.placed")) == (2, 2)


def test_a_customer_is_known_by_the_normalized_address(in_aurora: Any) -> None:
    offer = publish_offer()
    place(offer, email=" Ines@Example.COM")
    place(offer, email="ines@example.com")
    assert [customer.email for customer in Customer.objects.all()] == ["ines@example.com"]


@pytest.mark.parametrize("quantity", [0, -1, 1000])
def test_an_impossible_quantity_is_refused_and_nothing_is_written(in_aurora: Any, quantity: int) -> None:
    offer = publish_offer()
    with pytest.raises(InvalidInput) as refusal:
        place(offer, quantity=quantity)
    assert (refusal.value.field, Order.objects.count(), Customer.objects.count()) == ("quantity", 0, 0)


def test_only_a_published_offer_with_a_price_in_the_currency_is_sold(in_aurora: Any) -> None:
    offer = publish_offer()
    with pytest.raises(OfferNotForSale):
        place(offer, currency="USD")
    archive_offer(offer=offer, actor=TESTS, at=utc_now(), reason="")  # our copy of the offer is older than this
    with pytest.raises(OfferNotForSale):
        place(offer)
    assert Order.objects.count() == 0


def test_paying_twice_changes_nothing(in_aurora: Any) -> None:
    order = place(publish_offer())
    first = paid(order).paid_at
    assert paid(order).paid_at == first
    assert published("order.paid") == 1
    assert AuditEvent.objects.filter(verb="order.paid").count() == 1


def test_paying_wins_the_lead(in_aurora: Any) -> None:
    offer = publish_offer()
    lead = open_lead(email="ines@example.com", offer=offer, actor=TESTS, at=utc_now())
    paid(place(offer, lead=lead))
    lead.refresh_from_db()
    assert lead.state == "won"


def test_digital_orders_are_fulfilled_by_being_paid_and_services_wait(in_aurora: Any, drain: Any) -> None:
    digital = paid(place(publish_offer()))
    service = paid(place(publish_offer(slug="lesson", kind="service")))
    drain()
    digital.refresh_from_db()
    service.refresh_from_db()
    assert (digital.state, service.state) == ("fulfilled", "paid")
    actions.mark_fulfilled(order=service, actor=TESTS, at=utc_now())
    actions.mark_fulfilled(order=service, actor=TESTS, at=utc_now())
    assert published("order.fulfilled") == 2


def test_an_unpaid_order_is_not_fulfilled_nor_refunded(in_aurora: Any) -> None:
    order = place(publish_offer())
    with pytest.raises(OrderNotPaid):
        actions.mark_fulfilled(order=order, actor=TESTS, at=utc_now())
    with pytest.raises(OrderNotPaid):
        actions.refund_order(order=order, amount_minor=1, reason="", idempotency_key="k", actor=TESTS, at=utc_now())
    with pytest.raises(RetryLater):
        refund(order, "ref_1", 100)
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("placed", 0)


def test_refunds_add_up_once_each_and_the_last_one_closes_the_order(in_aurora: Any) -> None:
    order = paid(place(publish_offer(kind="service")))
    assert refund(order, "ref_1", 1900).money_state == MoneyState.PARTLY_REFUNDED
    assert refund(order, "ref_1", 1900).refunded_minor == 1900
    assert refund(order, "ref_2", 3000).refunded_minor == 4900
    with pytest.raises(RefundExceedsOrder):
        refund(order, "ref_3", 7001)
    order = refund(order, "ref_3", 7000)
    assert (order.state, order.fulfilment_state) == ("refunded", FulfilmentState.CANCELED)
    assert order.lines.get().refunded_minor == order.total_minor == 11900
    assert published("order.refunded") == 3
    assert order.lines.get().refunds.get(refund_ref="ref_2").amount_minor == 3000


def test_a_refund_is_spread_over_the_lines_by_what_each_has_left(in_aurora: Any) -> None:
    order = place(publish_offer(amount_minor=1000, tax="0"))
    first = order.lines.get()
    Line.objects.create(
        order=order, position=2, offer=first.offer, product_code="extra", product_kind="service", title="Extra",
        quantity=1, gross_minor=500,
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(total_minor=1500)
    paid(order)
    refund(order, "ref_1", 100)
    assert list(order.lines.order_by("position").values_list("refunded_minor", flat=True)) == [67, 33]
    refund(order, "ref_2", 1400)
    assert list(order.lines.order_by("position").values_list("refunded_minor", flat=True)) == [1000, 500]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=6), st.lists(st.integers(1, 20_000), max_size=8))
def test_no_line_ever_gives_back_more_than_it_has_and_nothing_is_lost(gross: list[int], amounts: list[int]) -> None:
    gone = [0] * len(gross)
    for wanted in [*amounts, sum(gross)]:
        amount = min(wanted, sum(gross) - sum(gone))
        if not amount:
            break
        parts = refund_spread(amount, totals=gross, gone=gone)
        assert (sum(parts), min(parts) >= 0) == (amount, True)
        gone = [before + part for before, part in zip(gone, parts, strict=True)]
        assert all(gave <= cost for gave, cost in zip(gone, gross, strict=True))
    assert gone == gross


@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any),
    st.lists(st.integers(1, 5_000), min_size=1, max_size=8), st.data(),
)  # fmt: skip
def test_what_lines_give_back_in_all_does_not_depend_on_the_order(
    gross: list[int], amounts: list[int], data: st.DataObject
) -> None:
    outcomes = []
    for told in (amounts, data.draw(st.permutations(amounts)), [sum(amounts)]):
        gone = [0] * len(gross)
        for wanted in told:
            amount = min(wanted, sum(gross) - sum(gone))  # first told, first taken: what is beyond the order is not
            parts = refund_spread(amount, totals=gross, gone=gone) if amount else gone
            gone = [before + part for before, part in zip(gone, parts, strict=True)] if amount else gone
        outcomes.append(gone)
    assert outcomes[0] == outcomes[1] == outcomes[2] == split_in_steps(min(sum(amounts), sum(gross)), gross)


@given(st.lists(st.integers(0, 900), min_size=2, max_size=5).filter(any), st.integers(0, 900), st.data())
def test_a_won_dispute_leaves_lines_even_again_after_what_comes_next(
    gross: list[int], first: int, data: st.DataObject
) -> None:
    spread, room = partial(refund_spread, totals=gross), sum(gross)
    gone, held = [0] * len(gross), [0] * len(gross)
    if first := min(first, room):
        gone = spread(first, gone=gone)
    if disputed := data.draw(st.integers(0, room - first)):
        held = spread(disputed, gone=gone)
    if later := data.draw(st.integers(0, room - first - disputed)):
        parts = spread(later, gone=[a + b for a, b in zip(gone, held, strict=True)])
        gone = [a + b for a, b in zip(gone, parts, strict=True)]
    if rest := room - first - later:
        gone = [a + b for a, b in zip(gone, spread(rest, gone=gone), strict=True)]
    assert gone == gross


@given(st.integers(1, 10**9), st.decimals("0", "0.9999", places=4))
def test_included_tax_is_part_of_the_gross(gross: int, rate: Decimal) -> None:
    tax = included_tax(gross, rate)
    assert 0 <= tax < gross or (rate == 0 and tax == 0) or gross == 1


def moves(lifecycle: Any, states: Any) -> list[tuple[Any, Any]]:
    return [(a, b) for a, b in itertools.product(states, states) if not lifecycle.allows(a, b)]


@pytest.mark.parametrize(("current", "target"), moves(MONEY, MoneyState))
def test_money_moves_only_along_its_table(current: MoneyState, target: MoneyState) -> None:
    with pytest.raises(IllegalTransition):
        MONEY.check(current, target)


@pytest.mark.parametrize(("current", "target"), moves(FULFILMENT, FulfilmentState))
def test_fulfilment_moves_only_along_its_table(current: FulfilmentState, target: FulfilmentState) -> None:
    with pytest.raises(IllegalTransition):
        FULFILMENT.check(current, target)


def test_a_sale_is_a_frozen_picture_of_the_order(in_aurora: Any) -> None:
    order = paid(place(publish_offer(), quantity=2, via_code="INES"))
    sale = queries.sale_of(order)
    assert (sale.order_ref, sale.customer_email, sale.via_code, sale.paid_at) == (
        order.public_id, "ines@example.com", "INES", order.paid_at,
    )  # fmt: skip
    assert [(line.product_code, line.gross_minor, line.cost_minor, line.quantity) for line in sale.lines] == [
        ("season-pass", 23800, 4000, 2)
    ]
