"""A disputed share is frozen to the cent, and a rejected claim leaves everything as it would have been."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.commissions.actions import (
    Outcome,
    cancel_commission,
    confirm_order,
    follow_money,
    freeze_share,
    hold_commission,
    mark_paid,
    mature_due,
    release_commission,
    unfreeze,
)
from tenant_apps.commissions.errors import HeldByDispute, NotAFraction
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import payable_commissions
from tenant_apps.orders.models import Order
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
    close,
    dispute,
    fulfill,
    lines,
    offer_at,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.conftest import brand_named

Drain = Callable[[], int]


def sold(gross_minor: int = 100_00) -> tuple[Enrollment, Order]:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    return nord, accrued_order(offer_at(gross_minor), "v1")


def freeze(order: Order, nord: Enrollment, fraction: str = "2/5", claim: str = "dis_1") -> list[Commission]:
    return freeze_share(
        order_ref=order.public_id, enrollment_id=nord.pk, fraction=Fraction(fraction), cause_ref=claim, actor=FINANCE,
        at=AT + 3 * DAY,
    )  # fmt: skip


def end(outcome: Outcome, claim: str = "dis_1", at: int = 30) -> list[Commission]:
    return unfreeze(cause_ref=claim, outcome=outcome, actor=FINANCE, at=AT + at * DAY)


def deliver(order: Order) -> None:
    fulfill(order)
    confirm_order(order_ref=order.public_id, at=AT + DAY)


def pay(order: Order) -> None:
    mark_paid(commissions=payable_commissions(before=AT + 90 * DAY), at=AT + 31 * DAY)


def test_only_the_disputed_part_waits_and_goes_on_when_the_claim_is_rejected(in_aurora: Brand) -> None:
    nord, order = sold()
    freeze(order, nord)
    assert lines(order) == [
        ("earning", 10_00, "pending"), ("adjustment", -4_00, "pending"), ("adjustment", 4_00, "hold"),
    ]  # fmt: skip
    assert freeze(order, nord)[0].amount_minor == 4_00
    assert len(lines(order)) == 3
    deliver(order)
    mature_due(at=AT + 20 * DAY)
    assert [state for *_, state in lines(order)] == ["payable", "payable", "hold"]
    assert books(nord) == (4_00, 6_00, 10_00)
    assert_books_fit(nord)
    end(Outcome.REJECTED)
    assert end(Outcome.REJECTED) == []
    assert [state for *_, state in lines(order)] == ["payable"] * 3
    assert books(nord) == (0, 10_00, 10_00)
    assert_books_fit(nord)


def test_payable_money_goes_back_to_pending_and_paid_money_stays(in_aurora: Brand) -> None:
    nord, order = sold()
    deliver(order)
    mature_due(at=AT + 20 * DAY)
    freeze(order, nord)
    assert lines(order) == [
        ("earning", 10_00, "payable"), ("adjustment", -4_00, "payable"), ("adjustment", 4_00, "hold"),
    ]  # fmt: skip
    assert books(nord) == (4_00, 6_00, 10_00)
    pay(order)
    assert freeze(order, nord, "1", "dis_2") == []
    assert [state for *_, state in lines(order)] == ["paid", "paid", "hold"]
    end(Outcome.REJECTED)
    assert lines(order)[2] == ("adjustment", 4_00, "payable")
    assert Commission.objects.latest("pk").payable_at == AT + 30 * DAY
    assert_books_fit(nord)


def test_an_accepted_claim_takes_the_part_off_the_books(in_aurora: Brand) -> None:
    nord, order = sold()
    freeze(order, nord)
    end(Outcome.ACCEPTED)
    assert end(Outcome.REJECTED) == []
    assert [state for *_, state in lines(order)] == ["pending", "pending", "canceled"]
    assert books(nord) == (6_00, 0, 6_00)
    assert_books_fit(nord)


def test_two_claims_never_freeze_more_than_there_is(in_aurora: Brand) -> None:
    nord, order = sold()
    freeze(order, nord, "7/10")
    freeze(order, nord, "7/10", "dis_2")
    frozen = Commission.objects.filter(amount_minor__gt=0, kind="adjustment").order_by("pk")
    assert [part.amount_minor for part in frozen] == [7_00, 3_00]
    assert freeze(order, nord, "1/10", "dis_3") == []
    end(Outcome.REJECTED)
    assert books(nord) == (10_00, 0, 10_00)
    end(Outcome.ACCEPTED, "dis_2")
    # What a claim was given is gone for the next one.
    assert [part.amount_minor for part in freeze(order, nord, "1", "dis_4")] == [7_00]
    assert_books_fit(nord)


def test_refunds_before_and_after_are_shared_by_all_three(in_aurora: Brand) -> None:
    nord, order = sold()
    refunded(order, 50_00, "ref_1")
    freeze(order, nord)
    assert_books_fit(nord)
    held = Commission.objects.filter(state="hold")
    assert sum_of(held) == 2_00
    refunded(order, 50_00, "ref_2")
    assert {state for *_, state in lines(order)} == {"refunded"}
    assert books(nord) == (0, 0, 0)
    end(Outcome.REJECTED)
    assert_books_fit(nord)


def test_what_a_lost_money_dispute_took_comes_back_to_a_part_that_is_still_claimed(in_aurora: Brand) -> None:
    nord, order = sold()
    freeze(order, nord)
    for step in (lambda: dispute(order, 100_00), lambda: close(order, won=True)):
        step()
        follow_money(order_ref=order.public_id, cause_ref="dp_1", at=AT + 9 * DAY)
        assert_books_fit(nord)
    assert sum_of(Commission.objects.filter(state="hold")) == 4_00
    assert sum_of(Commission.objects.filter(state="pending")) == 6_00


def test_the_claim_decides_not_an_operator_beside_it(in_aurora: Brand) -> None:
    nord, order = sold()
    [part] = freeze(order, nord)
    for verb in (release_commission, cancel_commission):
        with pytest.raises(HeldByDispute):
            verb(commission=part, reason="Now", actor=FINANCE, at=AT)
    with pytest.raises(NotAFraction):
        freeze(order, nord, "0")
    with pytest.raises(NotAFraction):
        freeze(order, nord, "11/10")
    earning = Commission.objects.get(kind="earning")
    cancel_commission(commission=earning, reason="Fraud", actor=FINANCE, at=AT)
    assert {state for *_, state in lines(order)} == {"canceled"}
    end(Outcome.REJECTED)
    assert not Message.objects.filter(name="commission.released").exists()
    assert_books_fit(nord)


STEPS = ["refund", "dispute", "win", "deliver", "mature", "pay", "hold", "release"]


class TestIdentity(TestCase):
    @settings(max_examples=settings.default.max_examples // 8)
    @given(
        gross=st.integers(1, 30_000), fraction=st.fractions(0, 1).filter(bool),
        before=st.lists(st.sampled_from(STEPS), max_size=4), between=st.lists(st.sampled_from(STEPS), max_size=4),
        part=st.integers(1, 20_000),
    )  # fmt: skip
    def test_freezing_and_a_rejected_claim_change_no_balance(
        self, gross: int, fraction: Fraction, before: list[str], between: list[str], part: int
    ) -> None:
        with brand_entered(brand_named("Aurora")):
            pairs = []
            offer = offer_at(gross)
            for name in ("nord", "sued"):
                enrollment = partner(name, TEN_PERCENT)
                visit(name, enrollment)
                pairs.append((enrollment, accrued_order(offer, name)))
            for number, step in enumerate(before):
                self.take(pairs, step, part, f"_{number}")
            nord, order = pairs[0]
            freeze(order, nord, str(fraction))
            assert_books_fit(*(enrollment for enrollment, _ in pairs))
            for number, step in enumerate(between):
                self.take(pairs, step, part, f"_b{number}")
                assert_books_fit(*(enrollment for enrollment, _ in pairs))
            end(Outcome.REJECTED, at=60)
            assert_books_fit(*(enrollment for enrollment, _ in pairs))
            assert books(pairs[0][0]) == books(pairs[1][0])

    def take(self, pairs: list[tuple[Enrollment, Order]], step: str, part: int, mark: str) -> None:
        for enrollment, order in pairs:
            current = Order.objects.get(pk=order.pk)
            left = current.total_minor - current.refunded_minor - current.disputed_minor
            earning = Commission.objects.get(enrollment=enrollment, kind="earning")
            if step in ("refund", "dispute") and left:
                (refund if step == "refund" else dispute)(current, min(part, left), f"{step}{mark}")
                follow_money(order_ref=order.public_id, cause_ref=f"{step}{mark}", at=AT + 4 * DAY)
            elif step == "win" and current.disputed_minor:
                for ref in current.lines.get().disputes.filter(step="opened").values_list("dispute_ref", flat=True):
                    close(current, won=True, ref=ref)
                    follow_money(order_ref=order.public_id, cause_ref=ref, at=AT + 9 * DAY)
            elif step == "deliver" and current.fulfilled_at is None and current.money_state != "refunded":
                deliver(current)
            elif step == "hold" and earning.state in ("pending", "confirmed"):
                hold_commission(commission=earning, reason="Look", actor=ACTOR, at=AT)
            elif step == "release" and earning.state == "hold":
                release_commission(commission=earning, reason="Fine", actor=ACTOR, at=AT)
        if step == "mature":
            mature_due(at=AT + 20 * DAY)
        elif step == "pay":
            pay(pairs[0][1])


def refunded(order: Order, amount_minor: int, ref: str) -> None:
    refund(order, amount_minor, ref)
    follow_money(order_ref=order.public_id, cause_ref=ref, at=AT + 2 * DAY)
