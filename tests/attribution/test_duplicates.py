"""One sale told by two sources: suspected, held, and decided by a person; never dropped by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from kernel.lifecycle import IllegalTransition
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import (
    confirm_duplicate,
    dismiss_duplicate,
    enter_agent,
    redecide,
    suspect_duplicates,
)
from tenant_apps.attribution.models import DuplicateSuspicion
from tenant_apps.attribution.queries import attribution_of_order
from tenant_apps.catalog.models import Offer
from tenant_apps.commissions.actions import confirm_order, mature_due
from tenant_apps.orders.actions import mark_paid, place_order
from tenant_apps.orders.models import Order
from tests.attribution.test_actions import shares
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    TEN_PERCENT,
    assert_books_fit,
    fulfill,
    lines,
    offer_at,
    partner,
    visit,
)

MINUTE = timedelta(minutes=1)


def told(offer: Offer, source: str, minutes: int = 0, *, email: str = "ann@example.com", quantity: int = 1) -> Order:
    at = AT + minutes * MINUTE
    order = place_order(
        offer=offer, quantity=quantity, currency="EUR", email=email, name="Ann", visitor_ref="v1", via_code="",
        source=source, external_id=f"{source}-{minutes}-{email}", actor=ACTOR, at=at,
    )  # fmt: skip
    return mark_paid(order_ref=order.public_id, at=at)


def test_the_same_source_and_id_is_the_same_order(in_aurora: Brand) -> None:
    offer = offer_at(100_00)
    assert told(offer, "api").pk == told(offer, "api").pk


@pytest.mark.parametrize(
    ("other", "minutes", "is_alike"),
    [
        ({"source": "api"}, 10, True), ({"source": "api"}, -10, True), ({"source": "api"}, 11, False),
        ({"source": "storefront"}, 1, False), ({"source": "api", "email": "bob@example.com"}, 1, False),
        ({"source": "api", "quantity": 2}, 1, False),
    ],
)  # fmt: skip
def test_what_looks_like_one_sale(
    in_aurora: Brand, drain: Callable[[], int], other: dict[str, object], minutes: int, *, is_alike: bool
) -> None:
    offer = offer_at(100_00)
    first, second = told(offer, "storefront"), told(offer, minutes=minutes, **other)  # type: ignore[arg-type]
    drain()
    pairs = list(DuplicateSuspicion.objects.values_list("earlier_ref", "later_ref"))
    earlier, later = (first, second) if minutes > 0 else (second, first)
    assert pairs == ([(earlier.public_id, later.public_id)] if is_alike else [])
    for order in (first, second):
        assert suspect_duplicates(order_ref=order.public_id, actor=ACTOR, at=AT) == []


def pair(drain: Callable[[], int]) -> tuple[Order, Order, DuplicateSuspicion]:
    nord, offer = partner("nord", TEN_PERCENT), offer_at(100_00)
    visit("v1", nord)
    first, second = told(offer, "storefront"), told(offer, "api", 5)
    drain()
    return first, second, DuplicateSuspicion.objects.get()


def test_while_it_is_open_the_later_order_earns_nothing_payable(in_aurora: Brand, drain: Callable[[], int]) -> None:
    first, second, _ = pair(drain)
    for order in (first, second):
        fulfill(order)
    drain()
    mature_due(at=AT + 60 * DAY)
    assert (lines(first), lines(second)) == ([("earning", 10_00, "payable")], [("earning", 10_00, "hold")])


def test_whoever_a_later_decision_credits_waits_too(in_aurora: Brand, drain: Callable[[], int]) -> None:
    _, second, suspicion = pair(drain)
    enter_agent(enrollment=partner("sued", TEN_PERCENT), order=second, reason="x", actor=ACTOR, at=AT + DAY)
    drain()
    assert lines(second)[-1] == ("earning", 10_00, "hold")
    dismiss_duplicate(suspicion=suspicion, reason="", actor=ACTOR, at=AT + DAY)
    drain()
    assert lines(second)[-1] == ("earning", 10_00, "pending")
    assert_books_fit()


def test_the_same_sale_is_taken_back_and_stays_so(in_aurora: Brand, drain: Callable[[], int]) -> None:
    first, second, suspicion = pair(drain)
    confirm_duplicate(suspicion=suspicion, reason="same basket", actor=ACTOR, at=AT + DAY)
    drain()
    assert lines(first) == [("earning", 10_00, "pending")]
    assert lines(second) == [("earning", 10_00, "refunded"), ("reversal", -10_00, "refunded")]
    visit("v1", partner("sued"), AT - MINUTE)
    decision = redecide(order_ref=second.public_id, cause="touch:x", actor=ACTOR, at=AT + DAY)
    assert shares(decision) == []
    with pytest.raises(IllegalTransition):
        dismiss_duplicate(suspicion=suspicion, reason="", actor=ACTOR, at=AT + DAY)
    assert_books_fit()


def test_two_sales_go_on_where_they_stood(in_aurora: Brand, drain: Callable[[], int]) -> None:
    _, second, suspicion = pair(drain)
    fulfill(second)
    dismiss_duplicate(suspicion=suspicion, reason="ordered twice", actor=ACTOR, at=AT + DAY)
    drain()
    assert lines(second) == [("earning", 10_00, "confirmed")]
    decision = attribution_of_order(second.public_id)
    assert decision is not None
    assert decision.version == 1


def test_what_was_payable_before_anybody_looked_is_clawed_back(in_aurora: Brand, drain: Callable[[], int]) -> None:
    nord, offer = partner("nord", TEN_PERCENT, hold_days=0), offer_at(100_00)
    visit("v1", nord)
    second = told(offer, "api", 5)
    drain()
    fulfill(second, AT + DAY)
    confirm_order(order_ref=second.public_id, at=AT + DAY)
    mature_due(at=AT + 2 * DAY)
    told(offer, "storefront")
    drain()
    confirm_duplicate(suspicion=DuplicateSuspicion.objects.get(), reason="", actor=ACTOR, at=AT + 3 * DAY)
    drain()
    assert lines(second) == [("earning", 10_00, "payable"), ("clawback", -10_00, "payable")]
    assert_books_fit(nord)
