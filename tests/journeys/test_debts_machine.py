"""Any story of two brands of one legal entity, beside a toy: sales, refunds, closes, payouts, and debts set off.

A partner's debt at one brand is set off against what the other owes it: proposed, approved or declined, with tax
withheld at either. After every step balances, settlements, clearing accounts and refusals agree to the cent.
"""

import os
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kernel.periods import month_of
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.draining import drain_schema
from shared_apps.outbox.models import Delivery
from tenant_apps.catalog.models import Offer
from tenant_apps.commissions.actions import mature_due
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balance
from tenant_apps.orders.actions import mark_paid as pay_order
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve_adjustment,
    approve_period,
    close_period,
    confirm_payout,
    decline_adjustment,
    fail_payout,
    issue_statement,
    propose_set_off,
    request_payout,
)
from tenant_apps.settlements.errors import NothingToSetOff
from tenant_apps.settlements.models import Adjustment, Period, Settlement
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.queries import possible_set_offs
from tests.commissions.selling import AT, DAY, TEN_PERCENT, fulfill, offer_at, order_of, partner, refund, visit
from tests.journeys.toy_debts import Debts, Month, Wish
from tests.settlements.books import ANNA, BEN
from tests.settlements.test_setting_off import allow, one_entity

BRANDS, NAMES, PRICES = ("aurora", "hanok"), ("ada", "bob"), (37, 10_03, 250_00)
STEPS = int(os.environ.get("MACHINE_STEPS", "25"))
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "3"))
LOOK_EVERY = 8
PHASES = [phase for phase in Phase if phase is not Phase.shrink or os.environ.get("MACHINE_SHRINK")]
RATES = st.tuples(*[st.sampled_from(["0", "0.1", "0.333", "0.9"])] * (len(BRANDS) * len(NAMES)))


class DebtsMachine(RuleBasedStateMachine):
    """Two brands, two partners at both; time only goes on."""

    brands: dict[str, Brand] = {}
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now, self.count, self.looked = AT, 0, 0
        self.partners: dict[tuple[str, str], Enrollment] = {}
        self.offers: dict[tuple[str, int], Offer] = {}
        self.closed_until: dict[str, datetime] = {}
        self.asked: dict[Wish, Adjustment] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(rates=RATES)
    def begin(self, rates: tuple[str, ...]) -> None:
        keys = [(brand, name) for brand in BRANDS for name in NAMES]
        said = dict(zip(keys, rates, strict=True))
        one_entity(*self.brands.values())
        for (brand, name), rate in said.items():
            with brand_entered(self.brands[brand]):
                self.partners[brand, name] = partner(name, TEN_PERCENT, hold_days=0)
            allow(self.brands[brand], self.partners[brand, name].partner_ref, withheld=rate)
        for brand in BRANDS:
            with brand_entered(self.brands[brand]):
                self.offers |= {(brand, price): offer_at(price, code=f"at-{price}") for price in PRICES}
            self.closed_until[brand] = month_of(AT, self.brands[brand].timezone).start
        self.toy = Debts({key: Fraction(Decimal(rate)) for key, rate in said.items()})

    @rule(
        brand=st.sampled_from(BRANDS), name=st.sampled_from(NAMES), price=st.sampled_from(PRICES),
        units=st.integers(1, 60),
    )  # fmt: skip
    def sell(self, brand: str, name: str, price: int, units: int) -> None:
        self.count += 1
        with brand_entered(self.brands[brand]):
            visit(f"v{self.count}", self.partners[brand, name], self.now - DAY)
            order = order_of(self.offers[brand, price], f"v{self.count}", quantity=units)
            pay_order(order_ref=order.public_id, at=self.now)
            self.settle_outbox()
            fulfill(order, self.now)
            self.settle_outbox()
            mature_due(at=self.now)
            self.settle_outbox()
        self.toy.sell(brand, name, order.public_id, order.total_minor)

    @precondition(lambda self: self.toy.sales)
    @rule(data=st.data(), amount=st.integers(1, 60 * 250_00), whole=st.booleans())
    def refund(self, data: st.DataObject, amount: int, whole: bool) -> None:
        key = data.draw(st.sampled_from(list(self.toy.sales)))
        sold = self.toy.sales[key][2]
        left = sold.total - sold.back
        amount = left if whole else min(amount, left)
        if amount:
            self.give_back(key, amount)

    def give_back(self, key: str, amount: int) -> None:
        self.count += 1
        with brand_entered(self.brands[self.toy.sales[key][0]]):
            refund(Order.objects.get(public_id=key), amount, f"ref_{self.count}", at=self.now)
            self.settle_outbox()
        self.toy.refund(key, amount)

    @rule(
        payer=st.sampled_from(BRANDS), name=st.sampled_from(NAMES), price=st.sampled_from(PRICES),
        units=st.integers(1, 60), paid=st.booleans(), amount=st.none() | st.integers(1, 5_00),
    )  # fmt: skip
    def owe_both_ways(self, payer: str, name: str, price: int, units: int, paid: bool, amount: int | None) -> None:
        """What sets off needs and chance seldom brings: money that went back of one brand, earned at the other."""
        debtor = next(brand for brand in BRANDS if brand != payer)
        self.sell(debtor, name, 250_00, units)
        self.month_passes()
        if paid:
            for brand, whose, month in self.to_pay():
                self.sent(brand, whose, month, "arrived")
        key = list(self.toy.sales)[-1]
        self.give_back(key, self.toy.sales[key][2].total)
        self.sell(payer, name, price, units)
        self.propose(payer, name, amount)

    @rule(
        payer=st.sampled_from(BRANDS), name=st.sampled_from(NAMES),
        amount=st.none() | st.integers(1, 5_00) | st.integers(1, 10**6),
    )  # fmt: skip
    def propose(self, payer: str, name: str, amount: int | None) -> None:
        debtor = next(brand for brand in BRANDS if brand != payer)
        most = self.toy.most(payer, debtor, name, as_asked=True)
        wanted = amount or most
        try:
            with brand_entered(self.brands[payer]):
                ours = propose_set_off(
                    partner_ref=self.partners[payer, name].partner_ref, brand_ref=self.brands[debtor].public_id,
                    currency="EUR", reason="So.", actor=ANNA, at=self.now, amount_minor=amount,
                )  # fmt: skip
        except NothingToSetOff:
            assert not 0 < wanted <= most
            self.seen["refused"] += 1
            return
        self.seen["proposed"] += 1
        assert (0 < wanted <= most, -ours.amount_minor) == (True, wanted)
        wish = Wish(payer, debtor, name, wanted)
        self.toy.wishes.append(wish)
        self.asked[wish] = ours

    @precondition(lambda self: self.toy.wishes)
    @rule(data=st.data(), decision=st.sampled_from(["approve", "approve", "decline here", "decline there"]))
    def decide(self, data: st.DataObject, decision: str) -> None:
        wish = data.draw(st.sampled_from(self.toy.wishes))
        at_payer = decision == "decline here"
        with brand_entered(self.brands[wish.payer if at_payer else wish.debtor]):
            ref = self.asked[wish].public_id if at_payer else self.asked[wish].cause_ref
            adjustment = Adjustment.objects.get(public_id=ref)
            if decision != "approve":
                decline_adjustment(adjustment=adjustment, reason="No.", actor=BEN, at=self.now)
                self.toy.wishes.remove(wish)
            else:
                self.approve_set_off(wish, adjustment)
        self.seen[decision] += 1
        self.settle_both()

    def approve_set_off(self, wish: Wish, adjustment: Adjustment) -> None:
        fits = self.toy.set_off(wish)
        try:
            with transaction.atomic():
                approve_adjustment(adjustment=adjustment, actor=BEN, at=self.now)
        except NothingToSetOff:
            self.seen["fits no longer"] += 1
            assert not fits
        else:
            self.seen["set off"] += 1
            assert fits

    @rule(hours=st.sampled_from([1, 24 * 5, 24 * 16]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.close_both()  # months that are over take nothing of what follows: late closes are the other machine's

    @rule()
    def month_passes(self) -> None:
        self.now = max(month_of(self.now, brand.timezone).end for brand in self.brands.values()) + timedelta(hours=9)
        self.close_both()

    def close_both(self) -> None:
        for key, brand in self.brands.items():
            month = month_of(self.closed_until[key], brand.timezone)
            with brand_entered(brand):
                while month.end <= self.now:
                    label = f"{month.first_on:%Y-%m}"
                    close_period(label=label, actor=ANNA, at=self.now)
                    for drawn in Period.objects.filter(label=label, settlements__state="draft").distinct():
                        approve_period(period=drawn, actor=BEN, at=self.now)
                    for name in NAMES:
                        self.toy.accounts[key, name].close(label)
                    self.closed_until[key], month = month.end, month.next()
                for settlement in Settlement.objects.filter(state="approved").order_by("pk"):
                    issue_statement(settlement=settlement, at=self.now)
                self.settle_outbox()

    @rule(data=st.data(), end=st.sampled_from(["sent", "arrived", "failed"]))
    def pay(self, data: st.DataObject, end: str) -> None:
        if ready := self.to_pay():
            self.sent(*data.draw(st.sampled_from(ready)), end)

    def to_pay(self) -> list[tuple[str, str, Month]]:
        return [
            (brand, name, month) for (brand, name), account in self.toy.accounts.items() for month in account.months
            if month.payout and month.sent in ("", "failed")
        ]  # fmt: skip

    def sent(self, brand: str, name: str, month: Month, end: str) -> None:
        with brand_entered(self.brands[brand]):
            ref = self.partners[brand, name].partner_ref
            settlement = Settlement.objects.get(period__label=month.label, partner_ref=ref)
            payout = request_payout(settlement=settlement, actor=ANNA, at=self.now)
            if end == "arrived":
                confirm_payout(payout=payout, reference=f"bank {self.count}", actor=ANNA, at=self.now)
            elif end == "failed":
                fail_payout(payout=payout, reason="no such account", actor=ANNA, at=self.now)
            self.settle_outbox()
        self.toy.send(brand, name, month, end)

    def settle_both(self) -> None:
        for brand in self.brands.values():
            with brand_entered(brand):
                self.settle_outbox()

    def settle_outbox(self) -> None:
        Delivery.objects.filter(handler="tenant_apps.settlements.print_pdf").update(state="done")
        Delivery.objects.filter(state="waiting").update(due_at=AT)
        while drain_schema():
            pass
        Delivery.objects.filter(handler="tenant_apps.settlements.print_pdf").update(state="done")
        assert not Delivery.objects.exclude(state="done").exists()

    @invariant()
    def books_agree(self) -> None:
        if not hasattr(self, "toy"):
            return
        for key, brand in self.brands.items():
            with brand_entered(brand):
                for name in NAMES:
                    ref, account = self.partners[key, name].partner_ref, self.toy.accounts[key, name]
                    codes = (chart.partner_payable(ref).code, chart.payout_in_transit(ref).code)
                    ours = tuple(balance(code, "EUR") for code in codes)
                    assert ours == (account.payable, account.transit())
                other = next(each for each in self.brands.values() if each.pk != brand.pk)
                assert balance(chart.set_off(other.public_id).code, "EUR") == self.toy.cleared[key]
        assert sum(self.toy.cleared.values()) == 0

    @invariant()
    def settlements_agree(self) -> None:
        if not hasattr(self, "toy"):
            return
        for key, brand in self.brands.items():
            with brand_entered(brand):
                ours = {
                    (s.period.label, s.partner_ref, s.opening_minor, s.earned_minor, s.clawback_minor,
                     s.adjustment_minor, s.withholding_minor, s.payout_minor, s.closing_minor)
                    for s in Settlement.objects.select_related("period")
                }  # fmt: skip
            assert ours == {
                (month.label, self.partners[key, name].partner_ref, *month.sums)
                for name in NAMES for month in self.toy.accounts[key, name].months
            }  # fmt: skip

    @invariant()
    def what_may_be_set_off_agrees(self) -> None:
        if not hasattr(self, "toy"):
            return
        for payer, debtor in (BRANDS, BRANDS[::-1]):
            with brand_entered(self.brands[payer]):
                ours = {each.partner_name: each.most_minor for each in possible_set_offs()}
            told = {name: self.toy.most(payer, debtor, name, as_asked=True) for name in NAMES}
            assert ours == {name: most for name, most in told.items() if most}

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.looked += 1
        for brand in self.brands.values() if self.looked % LOOK_EVERY == 0 else ():
            with brand_entered(brand):
                assert list(mismatches()) == []


@pytest.mark.django_db
def test_any_story_of_two_brands_agrees_with_the_toy(aurora: Brand, hanok: Brand) -> None:
    DebtsMachine.brands = {"aurora": aurora, "hanok": hanok}
    run_state_machine_as_test(
        DebtsMachine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, phases=PHASES),
    )
    print(dict(DebtsMachine.seen))
