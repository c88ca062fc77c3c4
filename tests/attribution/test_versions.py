"""A decision is never edited: a later fact makes the next version, which says what changed and replays alike."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.attribution.actions import award, decide, ensure_policy, redecide
from tenant_apps.attribution.errors import OrderNotPaid, UnknownOrder
from tenant_apps.attribution.models import Attribution, Award
from tenant_apps.attribution.queries import attribution_of_order, decided_since, replay, versions_of_order
from tenant_apps.commissions.actions import mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger.models import Entry
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tenant_apps.tracking.actions import TrackedEvent, create_site, record_events
from tests.attribution.test_actions import reasons, shares
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    TEN_PERCENT,
    fulfill,
    offer_at,
    order_of,
    paid_order,
    partner,
    visit,
)
from tests.commissions.test_races import at_once
from tests.conftest import brand_named

MINUTE = timedelta(minutes=1)


def again(order: Order, cause: str = "touch:late") -> Attribution:
    return redecide(order_ref=order.public_id, cause=cause, actor=ACTOR, at=AT + DAY)


def parts(*weights: tuple[Enrollment, str]) -> list[dict[str, Any]]:
    return [{"participant": enrollment.public_id, "weight": weight} for enrollment, weight in weights]


def awarded(order: Order, *weights: tuple[Enrollment, str]) -> Attribution:
    return award(order_ref=order.public_id, shares=parts(*weights), cause="dispute:1", actor=ACTOR, at=AT + DAY)


def reattributed() -> list[Any]:
    return [message.payload for message in Message.objects.filter(name="conversion.reattributed").order_by("pk")]


def test_a_late_touch_makes_the_next_version_and_leaves_the_first_alone(in_aurora: Brand) -> None:
    nord, sued = partner("nord"), partner("sued")
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    first = decide(order_ref=order.public_id, at=AT)
    visit("v1", sued, AT - MINUTE)
    second = again(order, "touch:tch_1")
    assert (second.version, second.previous_id, second.cause) == (2, first.pk, "touch:tch_1")
    assert (shares(second), reasons(second)) == ([("sued", 100_00)], ["not_last", None])
    assert second.changes == [
        {"participant": enrollment.public_id, "role": "affiliate", "before_minor": before, "after_minor": after}
        for enrollment, before, after in sorted([(nord, 100_00, 0), (sued, 0, 100_00)], key=lambda c: c[0].public_id)
    ]
    first.refresh_from_db()
    assert (first.version, shares(first), first.changes) == (1, [("nord", 100_00)], [])
    assert attribution_of_order(order.public_id) == second
    assert list(versions_of_order(order.public_id)) == [second, first]
    [told] = reattributed()
    assert (told["attribution_ref"], told["previous_ref"]) == (second.public_id, first.public_id)
    assert AuditEvent.objects.get(verb="conversion.redecided").after["version"] == 2
    assert [replay(each) for each in decided_since(None)] == [[], []]


def test_what_a_late_touch_moves_is_dated_when_it_is_heard_of(in_aurora: Brand, drain: Callable[[], int]) -> None:
    """A browser was offline: it tells in April of a click in March, and March may be closed by then."""
    nord, _ = partner("nord", TEN_PERCENT), partner("sued", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    fulfill(order)
    drain()
    mature_due(at=AT + 20 * DAY)
    drain()
    site = create_site(name="Blog", allowed_hosts=["blog.example"], actor=ACTOR, at=AT)
    heard_at = AT + 30 * DAY
    told = TrackedEvent(uid="e1", type="click", via="sued", at=AT - MINUTE)
    record_events(site=site, visitor_ref="v1", events=[told], origin_host="blog.example", at=heard_at)
    drain()
    second = attribution_of_order(order.public_id)
    assert second is not None
    assert (second.version, second.decided_at, shares(second)) == (2, heard_at, [("sued", 100_00)])
    clawback = Commission.objects.get(kind="clawback")
    assert (clawback.enrollment, clawback.amount_minor, clawback.payable_at) == (nord, -10_00, heard_at)
    entry = Entry.objects.get(cause=f"commission:{clawback.public_id}:clawed_back")
    assert (entry.booked_at, entry.effective_at) == (heard_at, heard_at)


def test_a_touch_worked_off_after_the_payment_dates_no_decision_before_it(
    in_aurora: Brand, drain: Callable[[], int]
) -> None:
    """The outbox was behind: the click of the day before is weighed when the order is paid already."""
    tiers = [{"from": 0, "amount_minor": 1_00}, {"from": 2, "amount_minor": 2_00}]
    pay = {"kind": "tiered", "measure": "period_count", "mode": "all", "tiers": tiers}
    nord, offer = partner("nord", [{"id": "heads", "pay": pay}], hold_days=1), offer_at(100_00)
    for visitor in ("v1", "v2"):
        visit(visitor, nord, AT - DAY)
        paid_order(offer, visitor)
    drain()
    assert {each.decided_at for each in Attribution.objects.all()} == {AT}
    up = Commission.objects.get(kind="true_up")
    assert (up.amount_minor, up.confirmed_at, up.matures_at) == (1_00, AT, AT + DAY)


def test_a_late_touch_that_loses_is_told_so_and_moves_no_money(in_aurora: Brand) -> None:
    visit("v1", partner("nord"))
    order = paid_order(offer_at(100_00), "v1")
    decide(order_ref=order.public_id, at=AT)
    visit("v1", partner("sued"), AT - 2 * DAY)
    second = again(order)
    assert (second.version, second.changes, reasons(second)) == (2, [], ["not_last", None])
    assert reattributed() == []


def test_nothing_new_writes_nothing(in_aurora: Brand) -> None:
    visit("v1", partner("nord"))
    order = paid_order(offer_at(100_00), "v1")
    first = decide(order_ref=order.public_id, at=AT)
    assert again(order) == first
    visit("v1", partner("sued"), AT + MINUTE)
    assert again(order) == first
    assert (Attribution.objects.count(), reattributed()) == (1, [])


def test_the_policy_of_the_first_decision_stays_its_policy(in_aurora: Brand) -> None:
    first_policy = ensure_policy(terms={"model": "first"}, at=AT - 30 * DAY)
    visit("v1", partner("nord"))
    order = paid_order(offer_at(100_00), "v1")
    decide(order_ref=order.public_id, at=AT)
    ensure_policy(terms={"model": "linear"}, at=AT - DAY)
    visit("v1", partner("sued"), AT - 3 * DAY)
    second = again(order)
    assert (second.policy, shares(second)) == (first_policy, [("sued", 100_00)])


def test_an_order_without_a_decision_is_decided_and_one_without_money_is_not(in_aurora: Brand) -> None:
    offer = offer_at(100_00)
    order, unpaid = paid_order(offer, "v1"), order_of(offer, "v2")
    assert (again(order).version, again(order).cause) == (1, "paid")
    with pytest.raises(OrderNotPaid):
        again(unpaid)
    with pytest.raises(UnknownOrder):
        redecide(order_ref="ord_none", cause="touch:x", actor=ACTOR, at=AT)


def test_a_touch_that_arrives_after_the_payment_is_weighed_by_its_event(
    in_aurora: Brand, drain: Callable[[], int]
) -> None:
    nord, sued = partner("nord"), partner("sued")
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    visit("v1", sued, AT - MINUTE)
    visit("v1", nord, AT + MINUTE)
    visit("v2", sued, AT - MINUTE)
    drain()
    found = attribution_of_order(order.public_id)
    assert found is not None
    assert (found.version, shares(found)) == (2, [("sued", 100_00)])
    assert found.cause.startswith("touch:tch_")


def test_an_award_overrules_the_model_to_the_cent(in_aurora: Brand) -> None:
    nord, sued, west = partner("nord"), partner("sued"), partner("west")
    visit("v1", nord, AT - 2 * DAY)
    visit("v1", sued, AT - DAY)
    order = paid_order(offer_at(100_00), "v1")
    decide(order_ref=order.public_id, at=AT)
    second = awarded(order, (nord, "1/3"), (sued, "1/3"), (west, "1/3"))
    assert shares(second) == [("nord", 33_34), ("sued", 33_33), ("west", 33_33)]
    assert {(share.numerator, share.denominator) for share in second.shares.all()} == {("1", "3")}
    assert (second.cause, reasons(second)) == (f"award:{Award.objects.get().public_id}", [None, None])
    third = awarded(order, (nord, "0.25"))
    assert (shares(third), reasons(third)) == ([("nord", 25_00)], [None, "awarded"])
    assert (awarded(order, (nord, "0.25")), len(reattributed())) == (third, 2)
    nobody = awarded(order)
    assert (nobody.version, shares(nobody), reasons(nobody)) == (4, [], ["awarded", "awarded"])
    assert [replay(each) for each in decided_since(None)] == [[], [], [], []]


def test_the_same_parts_in_another_order_move_nothing(in_aurora: Brand) -> None:
    nord, sued, west = partner("nord"), partner("sued"), partner("west")
    ensure_policy(terms={"model": "linear"}, at=AT - 30 * DAY)
    visit("v1", nord, AT - 2 * DAY)
    visit("v1", sued, AT - DAY)
    order = paid_order(offer_at(99_99), "v1")
    first = decide(order_ref=order.public_id, at=AT)
    second = awarded(order, (sued, "1/2"), (nord, "1/2"))
    assert shares(first) == shares(second) == [("nord", 50_00), ("sued", 49_99)]
    assert (second.changes, reattributed()) == ([], [])
    third = awarded(order, (sued, "0.5"), (west, "0.5"))
    assert (shares(third), len(reattributed())) == ([("sued", 50_00), ("west", 49_99)], 1)


def test_an_award_outlives_a_late_touch(in_aurora: Brand) -> None:
    nord, sued = partner("nord"), partner("sued")
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    awarded(order, (nord, "0.5"))
    visit("v1", sued, AT - MINUTE)
    third = again(order)
    assert (third.version, shares(third), reasons(third)) == (3, [("nord", 50_00)], [None, "awarded"])


@pytest.mark.parametrize(
    ("weights", "field"),
    [
        (["0.7", "0.4"], "shares"),
        (["x"], r"shares\[0\].weight"),
        (["-1/3"], r"shares\[0\].weight"),
        (["1/0"], r"shares\[0\].weight"),
    ],
)
def test_a_wrong_award_is_named_and_writes_nothing(in_aurora: Brand, weights: Sequence[str], field: str) -> None:
    enrollments = [partner("nord"), partner("sued")]
    order = paid_order(offer_at(100_00), "v1")
    with pytest.raises(InvalidInput, match=field):
        awarded(order, *zip(enrollments, weights, strict=False))
    with pytest.raises(InvalidInput, match=r"shares\[1\].participant"):
        award(
            order_ref=order.public_id, cause="x", actor=ACTOR, at=AT,
            shares=[*parts((enrollments[0], "1")), {"participant": "enr_none", "weight": "0"}],
        )  # fmt: skip
    with pytest.raises(InvalidInput, match=r"shares\[1\].participant: repeats"):
        awarded(order, (enrollments[0], "0.1"), (enrollments[0], "0.1"))
    assert Award.objects.count() == 0


@pytest.mark.django_db(transaction=False)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(arrivals=st.permutations([1, 2, 3, 4]), model=st.sampled_from(["last", "first", "linear"]))
def test_touches_may_arrive_in_any_order(in_aurora: Brand, arrivals: list[int], model: str) -> None:
    enrollments = _partners_once()
    ensure_policy(terms={"model": model}, at=AT - 30 * DAY)
    visitor = f"v{Order.objects.count()}"
    order = paid_order(_offer_once(), visitor)
    policy = ensure_policy(terms={"model": model}, at=AT - 30 * DAY)
    decide(order_ref=order.public_id, at=AT)
    for days in arrivals:
        visit(visitor, enrollments[days - 1], AT - days * DAY)
        again(order)
    final = attribution_of_order(order.public_id)
    assert final is not None
    decided_by = final.policy.terms["model"]
    names = {"last": ["p1"], "first": ["p4"], "linear": ["p4", "p3", "p2", "p1"]}[decided_by]
    assert [name for name, _ in shares(final)] == names
    assert sum(amount for _, amount in shares(final)) == 100_00
    assert [replay(each) for each in versions_of_order(order.public_id)] == [[]] * final.version
    assert policy.terms == {"model": model}


def _partners_once() -> list[Enrollment]:
    known = list(Enrollment.objects.order_by("pk"))
    return known or [partner(f"p{number}") for number in (1, 2, 3, 4)]


def _offer_once() -> Any:
    known = Order.objects.order_by("pk").first()
    return known.lines.get().offer if known else offer_at(100_00)


def test_two_at_once_make_one_version(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        visit("v1", partner("nord"))
        order = paid_order(offer_at(100_00), "v1")
    at_once(brand, *[lambda: decide(order_ref=order.public_id, at=AT) for _ in range(4)])
    with brand_entered(brand):
        visit("v1", partner("sued"), AT - MINUTE)
    at_once(brand, *[lambda: again(order) for _ in range(4)])
    with brand_entered(brand):
        assert list(Attribution.objects.order_by("pk").values_list("version", flat=True)) == [1, 2]
        assert len(reattributed()) == 1
        assert [replay(each) for each in decided_since(None)] == [[], []]
