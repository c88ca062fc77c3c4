"""A sale that was held for want of a price gets it later: as if it had been there at once, and never twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.actor import Actor
from shared_apps.accounts.wording import refusal_text
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import award
from tenant_apps.attribution.models import DuplicateSuspicion
from tenant_apps.commissions.actions import (
    freeze_share,
    hold_commission,
    mature_due,
    price_again,
    price_selected,
    rehearse_pricing,
    release_commission,
)
from tenant_apps.commissions.errors import NotWaitingForPrice, SecondPersonNeeded, SelectionChanged, StillWithoutPrice
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import Selection, recomputed_minor
from tenant_apps.commissions.states import HoldReason
from tenant_apps.ledger.actions import close_books
from tenant_apps.ledger.models import Entry
from tenant_apps.orders.actions import mark_paid
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import set_contract, set_recruiter
from tenant_apps.programs.models import Enrollment
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    add_line,
    assert_books_fit,
    close,
    dispute,
    fulfill,
    lines,
    offer_at,
    order_of,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.commissions.test_conservation import drained, left_of
from tests.commissions.test_exchange import rate, sold
from tests.commissions.test_true_up import whole
from tests.conftest import brand_named

Drain = Callable[[], int]
OTHERS = [{"id": "other", "when": {"product": ["none"]}, "pay": {"kind": "percent", "rate": "0.5"}}]
LATER = AT + 20 * DAY


def held_sale(nord: Enrollment, *grosses: int, name: str = "v1") -> Order:
    visit(name, nord)
    order = order_of(offer_at(grosses[0], code=f"tour-{name}"), name)
    for number, gross in enumerate(grosses[1:]):
        add_line(order, offer_at(gross, code=f"extra-{name}-{number}"), gross)
    return mark_paid(order_ref=order.public_id, at=AT)


def agree(nord: Enrollment, rules: Any = TEN_PERCENT, *, actor: Actor = ACTOR, **more: Any) -> None:
    """Record terms today that begin before the sale: what was agreed on by word, say."""
    told = {"effective_from": AT - 10 * DAY, "actor": actor, "at": LATER} | more
    set_contract(enrollment=nord, currency="EUR", rules=rules, **told)


def price(line: Commission, actor: Actor = FINANCE) -> Commission:
    return price_again(commission=line, actor=actor, at=LATER, reason="agreed by word")


def test_a_line_without_a_rule_is_priced_by_terms_recorded_since_once(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", OTHERS)
    order = held_sale(nord, 100_00)
    drain()
    assert lines(order) == [("earning", 0, "hold")]
    held = Commission.objects.get()
    with pytest.raises(StillWithoutPrice) as still:
        price(held)
    assert (still.value.status, still.value.details["reason"]) == (409, "no_rule")
    with translation.override("es"):
        assert still.value.message.startswith("Rule ")
        assert refusal_text(still.value).startswith("La regla ")
    agree(nord)
    priced = price(held)
    assert price(held) == priced
    assert lines(order) == [("earning", 0, "canceled"), ("earning", 10_00, "pending")]
    held.refresh_from_db()
    assert (held.voided_by, priced.cause_ref, priced.accrued_at) == (priced.public_id, held.public_id, AT)
    assert priced.explanation[:3] == [
        {"code": "held_without_price", "facts": {"line": held.public_id}},
        {"code": "priced_again", "facts": {"day": "2026-03-30"}},
        {"code": "by_contract_recorded", "facts": {"contract": str(priced.contract_version), "day": "2026-03-30"}},
    ]
    audited = AuditEvent.objects.get(verb="commission.priced_again")
    assert (audited.reason, audited.actor_id) == ("agreed by word", FINANCE.id)
    fulfill(order)
    drain()
    mature_due(at=LATER)
    assert lines(order)[1] == ("earning", 10_00, "payable")
    with pytest.raises(NotWaitingForPrice):
        price(priced)
    assert recomputed_minor(priced) == 10_00
    assert_books_fit(nord)


def test_what_came_back_meanwhile_is_taken_back_of_the_late_line(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", OTHERS)
    order = held_sale(nord, 100_00)
    fulfill(order)
    drain()
    refund(order, 33_33)
    drain()
    agree(nord)
    price(Commission.objects.get(amount_minor=0, kind="earning"))
    assert lines(order)[1:] == [("earning", 10_00, "confirmed"), ("reversal", -3_33, "confirmed")]
    refund(order, 66_67, "ref_2")
    drain()
    assert sum_of(Commission.objects.all()) == 0
    assert_books_fit(nord)


def test_a_dispute_that_is_won_lets_the_line_wait_again(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", OTHERS)
    order = held_sale(nord, 100_00)
    drain()
    dispute(order, 100_00)
    drain()
    held = Commission.objects.get()
    agree(nord)
    with pytest.raises(NotWaitingForPrice):
        price(held)
    close(order, won=True)
    drain()
    assert lines(order)[0] == ("earning", 0, "hold")
    assert price(held).amount_minor == 10_00


def test_a_rate_recorded_later_prices_a_sale_in_another_currency(in_aurora: Brand, drain: Drain) -> None:
    nord, order = sold("USD", 100_00)
    drain()
    held = Commission.objects.get()
    assert (held.reason, held.currency) == ("no_rate", "USD")
    with pytest.raises(StillWithoutPrice, match="USD to EUR on 2026-03-10"):
        price(held)
    rate("USD", "EUR", "0.80")
    priced = price(held)
    assert (priced.amount_minor, priced.currency, recomputed_minor(priced)) == (8_00, "EUR", 8_00)
    refund(order, 50_00)
    drain()
    assert sum_of(Commission.objects.filter(currency="EUR")) == 4_00
    assert_books_fit(nord)


def test_terms_that_begin_later_pay_no_earlier_sale_and_the_first_contract_may(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord")
    order = held_sale(nord, 100_00)
    drain()
    held = Commission.objects.get()
    assert held.reason == "no_contract"
    agree(nord, effective_from=AT + DAY)
    with pytest.raises(StillWithoutPrice):
        price(held)
    sued = partner("sued")
    held_sale(sued, 100_00, name="v2")
    drain()
    agree(sued)
    assert price(Commission.objects.get(enrollment=sued)).amount_minor == 10_00
    assert lines(order) == [("earning", 0, "hold")]


def test_who_recorded_the_terms_after_the_sale_does_not_price_by_them(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", OTHERS)
    held_sale(nord, 100_00)
    drain()
    held = Commission.objects.get()
    agree(nord, actor=FINANCE)
    by_key = Actor(kind="operator", id="key_1", label="A key", owner=FINANCE.id)
    for actor in (FINANCE, by_key, ACTOR):
        with pytest.raises(SecondPersonNeeded):
            price(held, actor)
    assert [line.state for line in Commission.objects.all()] == ["hold"]
    assert price(held, replace(FINANCE, id="usr_other")).amount_minor == 10_00


def test_a_sale_that_was_given_to_others_is_not_priced_for_who_had_it(in_aurora: Brand, drain: Drain) -> None:
    nord, sued = partner("nord", OTHERS), partner("sued", TEN_PERCENT)
    order = held_sale(nord, 100_00)
    drain()
    agree(nord)
    award(
        order_ref=order.public_id, shares=[{"participant": sued.public_id, "weight": "1"}], cause="claim",
        actor=FINANCE, at=LATER,
    )  # fmt: skip
    # The decision is made, and its lines are not moved yet.
    with pytest.raises(NotWaitingForPrice, match="gives"):
        price(Commission.objects.get())


def test_a_closed_month_stays_as_it_is_and_the_line_belongs_to_its_day(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", OTHERS)
    held_sale(nord, 100_00)
    drain()
    close_books(until=AT + 15 * DAY, actor=ACTOR, at=AT + 15 * DAY)
    agree(nord)
    priced = price(Commission.objects.get())
    entry = Entry.objects.get(cause=f"commission:{priced.public_id}:accrued")
    assert (entry.effective_at, entry.belongs_to) == (AT + 15 * DAY, AT)
    assert_books_fit(nord)


def test_levels_claims_and_the_rest_of_the_order_are_minded(in_aurora: Brand, drain: Drain) -> None:
    top = partner("top", TEN_PERCENT)
    top.contract_versions.update(levels=[{"level": 1, "of": "commission", "rate": "0.5"}])
    by_order = {"kind": "fixed", "amount_minor": 7_00, "per": "order"}
    nord = partner("nord", [{"id": "flat", "when": {"product": ["tour-v1"]}, "pay": by_order}])
    set_recruiter(enrollment=nord, recruiter=top, actor=ACTOR, at=AT - 20 * DAY)
    order = held_sale(nord, 100_00, 50_00, 30_00)
    drain()
    freeze_share(order_ref=order.public_id, enrollment_id=nord.pk, fraction=1, cause_ref="dis_1", actor=ACTOR, at=AT)  # type: ignore[arg-type]
    percent = {"id": "rest", "when": {"product": ["extra-v1-1"]}, "pay": {"kind": "percent", "rate": "0.10"}}
    agree(nord, [percent, {"id": "flat", "pay": by_order}])
    seen = rehearse_pricing(selection=Selection(), actor=FINANCE, at=LATER)
    done = price_selected(selection=Selection(), digest=seen.digest, actor=FINANCE, at=LATER)
    assert [(row.rule, row.amount_minor) for row in done.rows] == [("flat", 0), ("rest", 3_00)]
    # The flat amount per order was paid on the first line; the claim holds all of the third line, too.
    late = Commission.objects.get(rule="rest", kind="earning")
    assert [(line.amount_minor, line.state) for line in late.derived.order_by("pk")] == [
        (1_50, "pending"), (-3_00, "pending"), (3_00, "hold"),
    ]  # fmt: skip
    assert late.derived.get(amount_minor=3_00).cause_ref == "dis_1"  # so what ends the claim ends this
    assert all(
        recomputed_minor(line) == line.amount_minor
        for line in Commission.objects.filter(rule__in=["rest", "flat"], kind="earning")
    )
    assert_books_fit(top, nord)


def test_a_late_line_lifts_its_month_to_a_higher_tier_at_once(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", OTHERS)
    order = held_sale(nord, 100_00, 100_00)
    drain()
    agree(nord, whole([{"from": 0, "rate": "0.1"}, {"from": 150_00, "rate": "0.2"}]))
    for line in Commission.objects.order_by("pk"):
        price(line)
    assert [line[:2] for line in lines(order) if line[2] != "canceled"] == [
        ("earning", 10_00), ("earning", 20_00), ("true_up", 10_00),
    ]  # fmt: skip
    assert_books_fit(nord)


def test_what_a_person_holds_and_what_may_be_a_duplicate_stays_held(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", OTHERS)
    suspected = held_sale(nord, 100_00, name="v2")
    held_sale(nord, 100_00)
    drain()
    doubted, held = Commission.objects.order_by("pk")
    DuplicateSuspicion.objects.create(earlier_ref=held.order_ref, later_ref=suspected.public_id, found_at=AT)
    release_commission(commission=held, reason="looks right", actor=FINANCE, at=LATER)
    hold_commission(commission=held, reason="does not", held_for=HoldReason.FRAUD, actor=FINANCE, at=LATER)
    agree(nord)
    assert [(line.state, line.held_for, line.amount_minor) for line in map(price, (held, doubted))] == [
        ("hold", "fraud", 10_00), ("hold", "duplicate", 10_00),
    ]  # fmt: skip
    assert_books_fit(nord)


def test_only_what_was_previewed_is_priced_and_what_lacks_something_stays(in_aurora: Brand, drain: Drain) -> None:
    rules = [TEN_PERCENT[0] | {"limits": {"caps": [{"per": "period", "period": "month", "amount_minor": 12_00}]}}]
    nord, sued = partner("nord", OTHERS), partner("sued", OTHERS)
    orders = [held_sale(nord, 100_00, name=f"v{number}") for number in range(2)]
    held_sale(sued, 40_00, name="s")
    drain()
    agree(nord, rules)
    seen = rehearse_pricing(selection=Selection(), actor=FINANCE, at=LATER)
    assert set(Commission.objects.values_list("state", flat=True)) == {"hold"}
    # Both share a cap of 12; the third has no rule still.
    assert sorted(row.amount_minor for row in seen.rows if not row.left) == [2_00, 10_00]
    assert (seen.lines, seen.left, seen.totals) == (2, 1, {"EUR": 12_00})
    assert [(row.partner_name, row.lines, row.total_minor) for row in seen.moved] == [("nord", 2, 12_00)]
    refund(orders[0], 50_00)
    drain()
    nobody = rehearse_pricing(selection=Selection(partner=sued.partner_ref), actor=FINANCE, at=LATER)
    for selection, digest in (
        (Selection(), seen.digest), (Selection(), "0" * 64), (Selection(partner=sued.partner_ref), nobody.digest),
    ):  # fmt: skip
        with pytest.raises(SelectionChanged):
            price_selected(selection=selection, digest=digest, actor=FINANCE, at=LATER)
    assert set(Commission.objects.values_list("state", flat=True)) == {"hold"}
    seen = rehearse_pricing(selection=Selection(), actor=FINANCE, at=LATER + DAY)
    assert price_selected(selection=Selection(), digest=seen.digest, actor=FINANCE, at=LATER + 2 * DAY).digest
    assert Commission.objects.filter(state="hold").get().enrollment == sued
    assert_books_fit(nord, sued)


def percent_of(rate: Any) -> dict[str, Any]:
    return {"kind": "percent", "rate": str(rate)}


PAYS = st.one_of(
    st.builds(percent_of, st.decimals("0", "1", places=4)),
    st.builds(lambda minor, per: {"kind": "fixed", "amount_minor": minor, "per": per}, st.integers(0, 9_000),
              st.sampled_from(["order", "unit"])),
    st.builds(lambda rate: {"kind": "hybrid", "parts": [
        percent_of(rate), {"kind": "fixed", "amount_minor": 99, "per": "order"}]}, st.decimals("0", "1", places=3)),
)  # fmt: skip
TIERED = st.builds(
    lambda low, high: whole([{"from": 0, "rate": str(low)}, {"from": 150_00, "rate": str(high)}])[0]["pay"],
    st.decimals("0", "0.5", places=3), st.decimals("0", "0.5", places=3),
)  # fmt: skip


class TestLateIsAtOnce(TestCase):
    @settings(max_examples=settings.default.max_examples // 20)
    @given(
        pays=st.lists(st.one_of(PAYS, TIERED), min_size=1, max_size=2), first=st.booleans(),
        grosses=st.lists(st.integers(1, 30_000), min_size=1, max_size=3),
        back=st.lists(st.tuples(st.integers(1, 20_000), st.booleans()), max_size=3),
    )  # fmt: skip
    def test_pricing_late_is_pricing_at_once_to_the_cent(
        self, pays: list[dict[str, Any]], first: bool, grosses: list[int], back: list[tuple[int, bool]]
    ) -> None:
        rules = [{"id": f"r{n}", "pay": pay} for n, pay in enumerate(pays)]
        if len(rules) > 1:
            rules[0]["when"] = {"product": ["tour-late", "tour-once"]}
        known = [{"id": "r1", "when": {"product": ["tour-late"]}, "pay": pays[0]}] if first else OTHERS
        with brand_entered(brand_named("Aurora")):
            once, late = partner("once", rules), partner("late", known)
            orders = {deal: held_sale(deal, *grosses, name=deal.partner_name) for deal in (once, late)}
            drained()
            self.give_back(orders, [amount for amount, before in back if before], "early")
            agree(late, rules)
            # In their order: an amount per order is the first line's, and goes back with that.
            for line in Commission.objects.filter(enrollment=late, state="hold").order_by("pk"):
                priced = price(line)
                assert recomputed_minor(priced) == priced.amount_minor
            self.give_back(orders, [amount for amount, before in back if not before], "late")
            if not first:
                sums = [sum_of(Commission.objects.filter(enrollment=deal)) for deal in (once, late)]
                assert sums[0] == sums[1]
            self.give_back(orders, [30_000 * 3], "all")
            for deal in (once, late):
                assert sum_of(Commission.objects.filter(enrollment=deal)) == 0
            assert_books_fit(once, late)

    def give_back(self, orders: dict[Enrollment, Order], amounts: list[int], name: str) -> None:
        for number, amount in enumerate(amounts):
            for deal, order in orders.items():
                left = left_of(order)
                if left:
                    refund(order, min(left, amount), f"{name}-{deal.pk}-{number}", AT + 2 * DAY)
            drained()
