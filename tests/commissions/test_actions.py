"""What a sale earns, when it is confirmed and payable, and how it comes back."""

from collections.abc import Callable

import pytest

from config.schedule import JOBS
from kernel.errors import IllegalTransition
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Delivery, Message
from shared_apps.partners.queries import balances_of
from tenant_apps.attribution.actions import decide, ensure_policy
from tenant_apps.commissions.actions import (
    accrue,
    cancel_commission,
    confirm_order,
    follow_money,
    hold_commission,
    mark_paid,
    mature_due,
    release_commission,
)
from tenant_apps.commissions.errors import NotAnEarning, OrderNotAttributed, ReasonMissing
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import payable_commissions, recomputed_minor, totals_of_partner
from tenant_apps.commissions.tasks import mature_commissions, mature_everywhere
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    add_line,
    assert_books_fit,
    books,
    decision_of,
    fulfill,
    lines,
    offer_at,
    order_of,
    paid_order,
    partner,
    refund,
    sum_of,
    visit,
)

Drain = Callable[[], int]


def test_a_sale_becomes_pending_confirmed_payable_paid(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(119_00, tax="0.19"), "v1")
    drain()
    assert lines(order) == [("earning", 10_00, "pending")]
    assert books(nord) == (10_00, 0, 10_00)
    fulfill(order)
    drain()
    assert lines(order) == [("earning", 10_00, "confirmed")]
    assert mature_due(at=AT + 14 * DAY - DAY / 24) == 0
    assert mature_due(at=AT + 14 * DAY) == 1
    assert mature_due(at=AT + 14 * DAY) == 0
    assert lines(order) == [("earning", 10_00, "payable")]
    assert books(nord) == (0, 10_00, 10_00)
    commission = Commission.objects.get()
    assert commission.payable_at == commission.matures_at == AT + 14 * DAY
    assert list(payable_commissions(before=AT + 14 * DAY)) == []
    assert list(payable_commissions(before=AT + 15 * DAY)) == [commission]
    mark_paid(commissions=[commission], at=AT + 30 * DAY)
    assert mark_paid(commissions=[commission], at=AT + 31 * DAY) == []
    drain()
    assert lines(order) == [("earning", 10_00, "paid")]
    assert [
        (b.currency, b.pending_minor, b.payable_minor, b.paid_minor) for b in balances_of(partner_of(nord.partner_ref))
    ] == [("EUR", 0, 0, 10_00)]
    verbs = list(
        AuditEvent.objects.filter(subject_id=commission.public_id).order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["commission.confirmed", "commission.payable", "commission.paid"]
    assert Delivery.objects.exclude(state="done").count() == 0
    assert_books_fit(nord)


def test_a_line_explains_itself_and_recomputes(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    paid_order(offer_at(119_00, tax="0.19"), "v1", quantity=3)
    drain()
    commission = Commission.objects.get()
    assert [(step["code"], step["facts"]) for step in commission.explanation] == [
        ("rule", {"rule": "ten"}),
        ("net_of", {"gross": "357.00 EUR", "discount": "0.00 EUR", "tax": "57.00 EUR", "amount": "300.00 EUR"}),
        ("rate", {"rate": "0.10"}),
        ("commission", {"amount": "30.00 EUR"}),
    ]
    assert (commission.rule, commission.base_minor, commission.net_minor) == ("ten", 357_00, 300_00)
    assert commission.contract_version == nord.contract_versions.get()
    assert recomputed_minor(commission) == commission.amount_minor == 30_00


def test_two_partners_share_to_the_exact_cent(in_aurora: Brand, drain: Drain) -> None:
    ensure_policy(terms={"model": "linear"}, at=AT - 30 * DAY)
    nord, sued = (
        partner("nord", TEN_PERCENT),
        partner("sued", [{"id": "fix", "pay": {"kind": "fixed", "amount_minor": 5_01, "per": "order"}}]),
    )
    visit("v1", nord, AT - 2 * DAY)
    visit("v1", sued, AT - DAY)
    order = paid_order(offer_at(100_10), "v1")
    drain()
    # 10 % of 100.10 is 10.01: half of it is 5.005, rounded once to 5.01; half of 5.01 is 2.505, rounded to 2.51.
    assert lines(order) == [("earning", 5_01, "pending"), ("earning", 2_51, "pending")]
    for commission in Commission.objects.all():
        assert commission.share == "1/2"
        assert {"code": "share", "facts": {"share": "1/2"}} in commission.explanation
        assert recomputed_minor(commission) == commission.amount_minor
    refund(order, 100_10)
    drain()
    assert {state for *_, state in lines(order)} == {"refunded"}
    assert sum_of(Commission.objects.all()) == 0
    assert_books_fit(nord, sued)


def test_a_share_of_a_percentage_is_not_rounded_twice(in_aurora: Brand, drain: Drain) -> None:
    ensure_policy(terms={"model": "linear"}, at=AT - 30 * DAY)
    both = [partner(name, TEN_PERCENT) for name in ("nord", "sued")]
    for enrollment in both:
        visit("v1", enrollment)
    order = paid_order(offer_at(5), "v1")
    drain()
    # 10 % of 5 cents is half a cent: rounded first it would be 1, half of it rounded 1 again.
    assert lines(order) == [("earning", 0, "pending"), ("earning", 0, "pending")]


def test_without_a_contract_or_rule_a_line_is_held_with_its_reason(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord")
    sued = partner(
        "sued", [{"id": "other", "when": {"product": ["other"]}, "pay": {"kind": "percent", "rate": "0.10"}}]
    )
    offer = offer_at(100_00)
    for visitor, enrollment in (("v1", nord), ("v2", sued)):
        visit(visitor, enrollment)
        order = paid_order(offer, visitor)
        drain()
        fulfill(order)
        drain()
        assert lines(order) == [("earning", 0, "hold")]
    assert [c.reason for c in Commission.objects.order_by("pk")] == ["no_contract", "no_rule"]
    assert books(nord) == (0, 0, 0)
    assert mature_due(at=AT + 400 * DAY) == 0


def test_no_touch_is_no_commission_and_nothing_waits(in_aurora: Brand, drain: Drain) -> None:
    order = paid_order(offer_at(100_00), "v1")
    drain()
    fulfill(order)
    refund(order, 100_00)
    drain()
    assert lines(order) == []
    assert Delivery.objects.exclude(state="done").count() == 0


def test_a_partial_refund_before_payable_moves_on_with_its_original(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(119_00, tax="0.19"), "v1")
    drain()
    refund(order, 35_70)
    drain()
    assert lines(order) == [("earning", 10_00, "pending"), ("reversal", -3_00, "pending")]
    assert books(nord) == (7_00, 0, 7_00)
    assert_books_fit(nord)
    fulfill(order)
    drain()
    mature_due(at=AT + 20 * DAY)
    assert lines(order) == [("earning", 10_00, "payable"), ("reversal", -3_00, "payable")]
    assert books(nord) == (0, 7_00, 7_00)
    assert sum_of(payable_commissions(before=AT + 30 * DAY)) == 7_00
    assert_books_fit(nord)


def test_a_full_refund_in_parts_before_payable_leaves_nothing(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(10_01), "v1")
    drain()
    for ref, amount in (("ref_1", 3_33), ("ref_2", 3_33), ("ref_3", 3_35)):
        refund(order, amount, ref)
        drain()
        assert_books_fit(nord)
    assert [amount for _, amount, _ in lines(order)] == [1_00, -33, -34, -33]
    assert {state for *_, state in lines(order)} == {"refunded"}
    assert books(nord) == (0, 0, 0)


def test_a_refund_after_payout_is_a_clawback_and_the_balance_goes_negative(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    refund(order, 10_00, "ref_1")
    fulfill(order)
    drain()
    mature_due(at=AT + 20 * DAY)
    mark_paid(commissions=payable_commissions(before=AT + 30 * DAY), at=AT + 31 * DAY)
    refund(order, 90_00, "ref_2", AT + 40 * DAY)
    drain()
    assert lines(order) == [("earning", 10_00, "paid"), ("reversal", -1_00, "paid"), ("clawback", -9_00, "payable")]
    clawback = Commission.objects.get(kind="clawback")
    assert (clawback.reverses_id, clawback.cause_ref) == (Commission.objects.get(kind="earning").pk, "ref_2")
    assert clawback.payable_at == AT + 40 * DAY
    assert sum_of(Commission.objects.all()) == 0
    totals = totals_of_partner(nord.partner_ref)["EUR"]
    assert (totals.payable_minor, totals.paid_minor) == (-9_00, 9_00)
    assert_books_fit(nord)


def test_each_line_goes_back_by_its_own_refund(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    first, second = offer_at(100_00), offer_at(1_00, code="map")
    order = order_of(first, "v1")
    add_line(order, second, 50_00)
    from tenant_apps.orders.actions import mark_paid as pay_order

    pay_order(order_ref=order.public_id, at=AT)
    drain()
    assert lines(order) == [("earning", 10_00, "pending"), ("earning", 5_00, "pending")]
    refund(order, 75_00)
    drain()
    assert lines(order)[2:] == [("reversal", -5_00, "pending"), ("reversal", -2_50, "pending")]
    assert_books_fit(nord)


def test_nothing_happens_twice(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    refund(order, 50_00)
    fulfill(order)
    drain()
    before = lines(order), books(nord), Message.objects.count()
    accrue(attribution_ref=decision_of(order), at=AT + DAY)
    decide(order_ref=order.public_id, at=AT + DAY)
    follow_money(order_ref=order.public_id, cause_ref="ref_1", at=AT + DAY)
    confirm_order(order_ref=order.public_id, at=AT + DAY)
    assert (lines(order), books(nord), Message.objects.count()) == before
    Delivery.objects.update(state="waiting", due_at=AT)
    drain()
    assert (lines(order), books(nord), Message.objects.count()) == before
    assert Delivery.objects.exclude(state="done").count() == 0


@pytest.mark.parametrize(
    "first", ["attribution.decide_attribution", "commissions.confirm_commissions", "commissions.claw_back_commissions"]
)
def test_handlers_may_run_in_any_order(in_aurora: Brand, drain: Drain, first: str) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    fulfill(order)
    refund(order, 30_00)
    Delivery.objects.update(due_at=AT + DAY)
    Delivery.objects.filter(handler=f"tenant_apps.{first}").update(due_at=AT)
    for _ in range(4):
        drain()
        Delivery.objects.filter(state="waiting").update(due_at=AT)
    assert lines(order) == [("earning", 10_00, "confirmed"), ("reversal", -3_00, "confirmed")]
    assert Delivery.objects.exclude(state="done").count() == 0
    assert_books_fit(nord)


def test_too_early_is_said_and_writes_nothing(in_aurora: Brand) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    fulfill(order)
    refund(order, 30_00)
    with pytest.raises(OrderNotAttributed):
        follow_money(order_ref=order.public_id, cause_ref="ref_1", at=AT)
    decide(order_ref=order.public_id, at=AT)
    with pytest.raises(OrderNotAttributed):
        follow_money(order_ref=order.public_id, cause_ref="ref_1", at=AT)
    assert lines(order) == []


def test_a_held_commission_waits_and_is_released_with_a_reason(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    refund(order, 20_00)
    drain()
    earning = Commission.objects.get(kind="earning")
    with pytest.raises(ReasonMissing):
        hold_commission(commission=earning, reason=" ", actor=FINANCE, at=AT)
    with pytest.raises(NotAnEarning):
        hold_commission(commission=Commission.objects.get(kind="reversal"), reason="x", actor=FINANCE, at=AT)
    hold_commission(commission=earning, reason="Looks like one person", actor=FINANCE, at=AT)
    assert lines(order) == [("earning", 10_00, "hold"), ("reversal", -2_00, "hold")]
    fulfill(order)
    drain()
    assert mature_due(at=AT + 40 * DAY) == 0
    assert_books_fit(nord)
    release_commission(commission=earning, reason="Checked by phone", actor=FINANCE, at=AT + 40 * DAY)
    assert lines(order) == [("earning", 10_00, "confirmed"), ("reversal", -2_00, "confirmed")]
    assert mature_due(at=AT + 40 * DAY) == 1
    with pytest.raises(IllegalTransition):
        hold_commission(commission=earning, reason="Too late", actor=FINANCE, at=AT + 41 * DAY)
    assert lines(order) == [("earning", 10_00, "payable"), ("reversal", -2_00, "payable")]
    reasons = AuditEvent.objects.filter(subject_id=earning.public_id, actor_id="usr_fin").order_by("pk")
    assert [event.reason for event in reasons] == ["Looks like one person", "Checked by phone"]
    assert_books_fit(nord)


def test_a_canceled_commission_leaves_the_books(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    refund(order, 20_00)
    drain()
    earning = Commission.objects.get(kind="earning")
    cancel_commission(commission=earning, reason="Self-referral", actor=FINANCE, at=AT + 3 * DAY)
    assert {state for *_, state in lines(order)} == {"canceled"}
    assert books(nord) == (0, 0, 0)
    refund(order, 80_00, "ref_2")
    fulfilled = lines(order)
    drain()
    assert lines(order) == fulfilled
    assert_books_fit(nord)


def test_a_cap_counts_what_was_earned_before(in_aurora: Brand, drain: Drain) -> None:
    capped = [{"id": "ten", "pay": {"kind": "percent", "rate": "0.10"}, "limits": {"cap_minor": 15_00}}]
    nord, offer = partner("nord", capped), offer_at(100_00)
    amounts = []
    for visitor in ("v1", "v2", "v3"):
        visit(visitor, nord)
        order = paid_order(offer, visitor)
        drain()
        amounts.append(lines(order)[0][1])
    assert amounts == [10_00, 5_00, 0]
    assert [c.reason for c in Commission.objects.order_by("pk")] == ["", "cap", "cap"]
    assert all(recomputed_minor(c) == c.amount_minor for c in Commission.objects.all())


def test_tiers_climb_through_the_brands_own_month(in_aurora: Brand, drain: Drain) -> None:
    tiers = [{"from": 0, "rate": "0.10"}, {"from": 150_00, "rate": "0.20"}]
    pay = {"kind": "tiered", "measure": "period_revenue", "mode": "past_each", "tiers": tiers}
    nord, offer = partner("nord", [{"id": "climb", "pay": pay}]), offer_at(100_00)
    amounts = []
    midnight_in_berlin = AT.replace(month=3, day=31, hour=22)
    for visitor, at in (("v1", AT), ("v2", midnight_in_berlin - DAY / 24), ("v3", midnight_in_berlin)):
        visit(visitor, nord)
        order = paid_order(offer, visitor, at=at)
        drain()
        amounts.append(lines(order)[0][1])
    # 100 at 10 %; 50 at 10 % and 50 at 20 %; the third is April in Berlin and begins anew.
    assert amounts == [10_00, 15_00, 10_00]
    assert all(recomputed_minor(c) == c.amount_minor for c in Commission.objects.all())


def test_the_first_charge_of_a_customer_is_told_from_the_second(in_aurora: Brand, drain: Drain) -> None:
    rules = [{"id": "new", "when": {"charge": "first"}, "pay": {"kind": "percent", "rate": "0.20"}}, *TEN_PERCENT]
    nord, offer = partner("nord", rules), offer_at(100_00)
    visit("v1", nord)
    for at in (AT, AT + DAY):
        paid_order(offer, "v1", email="ann@example.com", at=at)
        drain()
    assert [(c.rule, c.amount_minor) for c in Commission.objects.order_by("pk")] == [("new", 20_00), ("ten", 10_00)]


def test_the_yen_and_the_won_have_no_cents(in_hanok: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT, currency="KRW")
    visit("v1", nord)
    order = paid_order(offer_at(33_333, currency="KRW"), "v1", currency="KRW")
    drain()
    assert lines(order) == [("earning", 3_333, "pending")]
    assert books(nord, "KRW") == (3_333, 0, 3_333)


def partner_of(ref: str) -> object:
    from shared_apps.brands.entering import public_entered
    from shared_apps.partners.models import Partner

    with public_entered():
        return Partner.objects.get(public_id=ref)


def test_the_periodic_job_matures_each_active_brand(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    drain()
    fulfill(order)
    drain()
    mature_commissions.call_local()
    assert lines(order) == [("earning", 10_00, "payable")]
    assert mature_everywhere in JOBS
