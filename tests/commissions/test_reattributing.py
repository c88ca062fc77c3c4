"""A later decision moves the money, and only what changes: afterwards it is as if it had been decided so at once."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Delivery
from tenant_apps.attribution.actions import award, ensure_policy
from tenant_apps.commissions.actions import (
    Outcome,
    cancel_commission,
    confirm_order,
    follow_money,
    freeze_share,
    hold_commission,
    mark_paid,
    mature_due,
    reattribute,
    unfreeze,
)
from tenant_apps.commissions.errors import OrderNotAttributed
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import payable_commissions
from tenant_apps.commissions.rules import Return, due_minor
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import set_recruiter
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    accrued_order,
    assert_books_fit,
    books,
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

Drain = Callable[[], int]


@pytest.fixture
def three(in_aurora: Brand) -> list[Enrollment]:
    return [partner(name, TEN_PERCENT) for name in ("nord", "sued", "west")]


def sold_to(first: Enrollment, gross_minor: int = 100_00) -> Order:
    visit("v1", first)
    return accrued_order(offer_at(gross_minor), "v1")


def give(order: Order, weights: dict[Enrollment, str]) -> None:
    shares = [{"participant": each.public_id, "weight": weight} for each, weight in weights.items()]
    award(order_ref=order.public_id, shares=shares, cause="claim", actor=FINANCE, at=AT + 5 * DAY)
    reattribute(order_ref=order.public_id, at=AT + 5 * DAY)


def of(enrollment: Enrollment) -> int:
    return sum_of(Commission.objects.filter(enrollment=enrollment).exclude(state="canceled"))


def paid_out(order: Order) -> None:
    fulfill(order)
    confirm_order(order_ref=order.public_id, at=AT + DAY)
    mature_due(at=AT + 20 * DAY)
    mark_paid(commissions=payable_commissions(before=AT + 30 * DAY), at=AT + 31 * DAY)


def test_before_it_is_payable_the_loser_is_reversed_and_the_winner_earns(three: list[Enrollment]) -> None:
    nord, sued, _ = three
    order = sold_to(nord)
    give(order, {sued: "1"})
    assert lines(order) == [
        ("earning", 10_00, "refunded"), ("reversal", -10_00, "refunded"), ("earning", 10_00, "pending"),
    ]  # fmt: skip
    reversal, new = Commission.objects.order_by("pk")[1:]
    assert (reversal.reason, reversal.cause_ref) == ("reattributed", new.attribution_ref)
    assert new.matures_at == AT + 14 * DAY
    assert (books(nord)[:2], books(sued)[:2]) == ((0, 0), (10_00, 0))
    assert_books_fit(*three)


def test_after_the_payout_the_loser_is_clawed_back(three: list[Enrollment]) -> None:
    nord, sued, _ = three
    order = sold_to(nord)
    paid_out(order)
    give(order, {nord: "0.6", sued: "0.4"})
    assert lines(order) == [
        ("earning", 10_00, "paid"), ("clawback", -10_00, "payable"), ("earning", 6_00, "confirmed"),
        ("earning", 4_00, "confirmed"),
    ]  # fmt: skip
    assert_books_fit(*three)
    refund(order, 50_00, at=AT + 40 * DAY)
    follow_money(order_ref=order.public_id, cause_ref="ref_1", at=AT + 40 * DAY)
    assert (of(nord), of(sued)) == (3_00, 2_00)
    assert_books_fit(*three)


def test_who_keeps_the_same_amount_is_left_alone_and_twice_is_once(three: list[Enrollment]) -> None:
    nord, sued, west = three
    ensure_policy(terms={"model": "linear"}, at=AT - 30 * DAY)
    visit("v1", nord)
    order = sold_to(sued)
    before = Commission.objects.get(enrollment=nord)
    give(order, {nord: "0.5", west: "0.5"})
    assert [line.pk for line in Commission.objects.filter(enrollment=nord)] == [before.pk]
    told = lines(order)
    assert reattribute(order_ref=order.public_id, at=AT + 6 * DAY) == []
    assert lines(order) == told
    give(order, {nord: "0.5", sued: "0.5"})
    assert (of(nord), of(sued), of(west)) == (5_00, 5_00, 0)
    assert_books_fit(*three)


def test_a_share_that_changes_without_the_amount_changes_what_is_counted_by_it(in_aurora: Brand) -> None:
    free: list[dict[str, Any]] = [{"id": "free", "pay": {"kind": "percent", "rate": "0"}}]
    top, nord, sued = partner("top", TEN_PERCENT), partner("nord", free), partner("sued", free)
    top.contract_versions.update(levels=[{"level": 1, "of": "sale", "rate": "0.05"}])
    set_recruiter(enrollment=nord, recruiter=top, actor=ACTOR, at=AT)
    order = sold_to(nord)
    assert of(top) == 5_00
    give(order, {nord: "1/2", sued: "1/2"})
    assert of(top) == 2_50
    assert Commission.objects.get(enrollment=nord, kind="earning", voided_by="").share == "1/2"
    assert_books_fit(top, nord, sued)


def test_refunds_before_count_for_the_winner_at_once(three: list[Enrollment]) -> None:
    nord, sued, _ = three
    order = sold_to(nord)
    refund(order, 25_00)
    follow_money(order_ref=order.public_id, cause_ref="ref_1", at=AT)
    give(order, {sued: "1"})
    assert (of(nord), of(sued)) == (0, 7_50)
    refund(order, 75_00, "ref_2")
    follow_money(order_ref=order.public_id, cause_ref="ref_2", at=AT)
    assert (of(nord), of(sued)) == (0, 0)
    assert_books_fit(*three)


def test_a_claim_that_was_accepted_ends_as_the_award_says(three: list[Enrollment]) -> None:
    nord, sued, _ = three
    order = sold_to(nord)
    freeze_share(
        order_ref=order.public_id, enrollment_id=nord.pk, fraction=Fraction(2, 5), cause_ref="dis_1", actor=FINANCE,
        at=AT,
    )  # fmt: skip
    unfreeze(cause_ref="dis_1", outcome=Outcome.ACCEPTED, actor=FINANCE, at=AT)
    give(order, {nord: "0.6", sued: "0.4"})
    assert (of(nord), of(sued)) == (6_00, 4_00)
    assert_books_fit(*three)


def test_another_open_claim_freezes_the_new_line(three: list[Enrollment]) -> None:
    nord, sued, _ = three
    order = sold_to(nord)
    freeze_share(
        order_ref=order.public_id, enrollment_id=nord.pk, fraction=Fraction(1, 2), cause_ref="dis_2", actor=FINANCE,
        at=AT,
    )  # fmt: skip
    give(order, {nord: "0.6", sued: "0.4"})
    assert sum_of(Commission.objects.filter(enrollment=nord, state="hold")) == 3_00
    assert (of(nord), of(sued)) == (6_00, 4_00)
    unfreeze(cause_ref="dis_2", outcome=Outcome.REJECTED, actor=FINANCE, at=AT)
    assert books(nord) == (6_00, 0, 10_00)
    assert_books_fit(*three)


def test_who_loses_a_sale_and_gets_it_again_gets_it_with_the_claim_on_it(three: list[Enrollment]) -> None:
    nord, sued, _ = three
    order = sold_to(nord)
    claim: dict[str, Any] = {"order_ref": order.public_id, "enrollment_id": nord.pk, "actor": FINANCE, "at": AT}
    freeze_share(**claim, fraction=Fraction(1, 2), cause_ref="dis_1")
    give(order, {sued: "1"})
    give(order, {nord: "0.6", sued: "0.4"})
    assert sum_of(Commission.objects.filter(enrollment=nord, state="hold")) == 3_00
    assert len(unfreeze(cause_ref="dis_1", outcome=Outcome.REJECTED, actor=FINANCE, at=AT)) == 2
    assert (books(nord)[0], of(nord), of(sued)) == (6_00, 6_00, 4_00)
    assert_books_fit(*three)


def test_what_was_clawed_back_is_not_frozen(three: list[Enrollment]) -> None:
    nord, sued, _ = three
    order = sold_to(nord)
    fulfill(order)
    confirm_order(order_ref=order.public_id, at=AT + DAY)
    mature_due(at=AT + 20 * DAY)
    give(order, {sued: "1"})
    claim: dict[str, Any] = {"order_ref": order.public_id, "enrollment_id": nord.pk, "actor": FINANCE, "at": AT}
    assert freeze_share(**claim, fraction=Fraction(1, 2), cause_ref="dis_1") == []


def test_what_a_person_held_or_canceled_waits_for_a_person_again(three: list[Enrollment]) -> None:
    nord, sued, west = three
    ensure_policy(terms={"model": "linear"}, at=AT - 30 * DAY)
    visit("v1", nord)
    order = sold_to(sued)
    hold_commission(commission=Commission.objects.get(enrollment=nord), reason="Look", actor=FINANCE, at=AT)
    cancel_commission(commission=Commission.objects.get(enrollment=sued), reason="Fraud", actor=FINANCE, at=AT)
    give(order, {nord: "0.2", sued: "0.2", west: "0.6"})
    new = Commission.objects.filter(kind="earning", voided_by="")
    assert {line.enrollment.partner_name: line.state for line in new} == {
        "nord": "hold", "sued": "hold", "west": "pending",
    }  # fmt: skip
    assert_books_fit(*three)


def test_a_cap_does_not_count_what_the_order_itself_earned_before(in_aurora: Brand) -> None:
    capped = [{"id": "ten", "pay": {"kind": "percent", "rate": "0.10"}, "limits": {"cap_minor": 10_00}}]
    nord, sued = partner("nord", capped), partner("sued", TEN_PERCENT)
    order = sold_to(nord)
    give(order, {nord: "0.6", sued: "0.4"})
    assert (of(nord), of(sued)) == (6_00, 4_00)
    assert_books_fit(nord, sued)


def test_a_decision_that_overtakes_the_first_waits_and_events_bring_it_about(
    three: list[Enrollment], drain: Drain
) -> None:
    nord, sued, _ = three
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    award(
        order_ref=order.public_id, shares=[{"participant": sued.public_id, "weight": "1"}], cause="claim",
        actor=FINANCE, at=AT,
    )  # fmt: skip
    drain()
    assert (of(nord), of(sued)) == (0, 10_00)
    other = sold_without_accrual(nord)
    with pytest.raises(OrderNotAttributed):
        reattribute(order_ref=other.public_id, at=AT)
    give_without = [{"participant": sued.public_id, "weight": "1"}]
    drain()
    award(order_ref=other.public_id, shares=give_without, cause="claim", actor=FINANCE, at=AT)
    drain()
    assert (of(nord), of(sued)) == (0, 20_00)
    assert Delivery.objects.exclude(state="done").count() == 0
    assert_books_fit(*three)


def sold_without_accrual(nord: Enrollment) -> Order:
    from tenant_apps.attribution.actions import decide

    visit("v9", nord)
    order = paid_order(offer_at(100_00, code="other"), "v9")
    decide(order_ref=order.public_id, at=AT)
    return order


STEPS = st.one_of(
    st.tuples(st.just("give"), st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any)),
    st.tuples(st.just("refund"), st.integers(1, 20_000)),
    st.tuples(st.sampled_from(["deliver", "mature", "pay", "freeze", "reject"]), st.none()),
)


class TestAsIfDecidedAtOnce(TestCase):
    @settings(max_examples=settings.default.max_examples // 6)
    @given(gross=st.integers(1, 30_000), steps=st.lists(STEPS, min_size=2, max_size=8))
    def test_each_partner_has_what_the_last_decision_alone_gives(
        self, gross: int, steps: list[tuple[str, object]]
    ) -> None:
        with brand_entered(brand_named("Aurora")):
            partners = [partner(name, TEN_PERCENT) for name in ("nord", "sued", "west")]
            order = sold_to(partners[0], gross)
            shares = [Fraction(1), Fraction(0), Fraction(0)]
            for number, (step, value) in enumerate(steps):
                if step == "give" and isinstance(value, list):
                    shares = [Fraction(weight, sum(value)) for weight in value]
                    weights = {e: f"{w}/{sum(value)}" for e, w in zip(partners, value, strict=True) if w}
                    give(order, weights)
                else:
                    self.take(order, partners[0], step, value, number)
                assert_books_fit(*partners)
                self.check(order, partners, shares)

    def check(self, order: Order, partners: list[Enrollment], shares: list[Fraction]) -> None:
        back = Order.objects.get(pk=order.pk).refunded_minor
        for enrollment, share in zip(partners, shares, strict=True):
            exact = Fraction(order.total_minor) * share / 10
            earned = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
            taken = due_minor(
                commission_minor=earned, base_minor=order.total_minor, returns=[Return("all", back, AT)], sold_at=AT
            )
            assert of(enrollment) == earned - taken

    def take(self, order: Order, nord: Enrollment, step: str, value: object, number: int) -> None:
        current = Order.objects.get(pk=order.pk)
        left = current.total_minor - current.refunded_minor
        if step == "refund" and isinstance(value, int) and left:
            refund(order, min(value, left), f"ref_{number}")
            follow_money(order_ref=order.public_id, cause_ref=f"ref_{number}", at=AT + 2 * DAY)
        elif step == "deliver" and current.fulfilled_at is None and left:
            fulfill(current)
            confirm_order(order_ref=order.public_id, at=AT + DAY)
        elif step == "mature":
            mature_due(at=AT + 20 * DAY)
        elif step == "pay":
            mark_paid(commissions=payable_commissions(before=AT + 90 * DAY), at=AT + 31 * DAY)
        elif step == "freeze":
            freeze_share(
                order_ref=order.public_id, enrollment_id=nord.pk, fraction=Fraction(1, 3), cause_ref=f"dis_{number}",
                actor=ACTOR, at=AT,
            )  # fmt: skip
        elif step == "reject":
            for cause in set(Commission.objects.filter(held_for="disputed").values_list("cause_ref", flat=True)):
                unfreeze(cause_ref=cause, outcome=Outcome.REJECTED, actor=ACTOR, at=AT + 30 * DAY)
