"""Any story the verbs can tell, step by step against PostgreSQL, beside a toy that knows nothing of our code.

Sales to new and known customers under terms of every age, also such that climb with the month or pay who recruited
the partner; refunds, chargebacks, deliveries, claims to credit, late touches and awards, adjustments, months with a
part of them kept back and given back, payouts that arrive or come back; in currencies of 0, 2 and 3 decimals.

After every step lines by partner, kind and state, settlements, balances of the partners' accounts, what was sent and
the nightly invariants agree with the toy to the minor unit.
"""

import os
from collections import Counter
from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Sum
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
from shared_apps.outbox.draining import drain_schema
from shared_apps.outbox.models import Delivery
from tenant_apps.attribution.actions import award, ensure_policy, enter_agent
from tenant_apps.attribution.models import Attribution
from tenant_apps.attribution.queries import replay
from tenant_apps.commissions.actions import mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.actions import close_due, decide_dispute, open_dispute, withdraw_dispute
from tenant_apps.disputes.errors import CreditMoved
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balance
from tenant_apps.orders.actions import mark_paid as pay_order
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import set_contract, set_recruiter
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve_adjustment,
    approve_period,
    close_period,
    confirm_payout,
    fail_payout,
    issue_statement,
    propose_adjustment,
    request_payout,
)
from tenant_apps.settlements.models import Settlement, Statement
from tenant_apps.settlements.proof import mismatches
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    FINANCE,
    dispute,
    fulfill,
    offer_at,
    order_of,
    partner,
    refund,
    visit,
)
from tests.commissions.selling import close as close_chargeback
from tests.journeys.toy import Claim, Settled, Toy
from tests.journeys.toy_terms import Climb, Sale, Terms
from tests.settlements.books import ANNA, BEN

NAMES = ("ada", "bob", "cyn")
TEN = "ten percent"


def percent(rate: str, **more: Any) -> dict[str, Any]:
    return {"id": f"at {rate}", "pay": {"kind": "percent", "rate": rate}} | more


def tiered(rule: str, mode: str, *tiers: tuple[int, str], counts: bool = False) -> tuple[list[dict[str, Any]], Climb]:
    """Tiers as a contract says them and as the toy reads them."""
    measure, value = ("period_count", "amount_minor") if counts else ("period_revenue", "rate")
    said = [{"from": bound, value: int(worth) if counts else worth} for bound, worth in tiers]
    pay = {"kind": "tiered", "measure": measure, "mode": mode, "tiers": said}
    read = tuple((bound, Fraction(worth)) for bound, worth in tiers)
    return [{"id": rule, "pay": pay}], Climb(rule, mode, read, counts)


# Terms as the contract says them, and as the toy reads them. Some versions share a rule, so they climb together.
PAYS: dict[str, tuple[list[dict[str, Any]], Callable[[Sale], Fraction] | Climb]] = {
    TEN: ([percent("0.1")], lambda sale: Fraction(sale.total, 10)),
    "a third of a thousandth": ([percent("0.00033333")], lambda sale: Fraction(sale.total * 33_333, 10**8)),
    "all": ([percent("1")], lambda sale: Fraction(sale.total)),
    "nothing": ([percent("0")], lambda sale: Fraction(0)),
    "first sales more": (
        [percent("0.5", when={"charge": "first"}), percent("0.05")],
        lambda sale: Fraction(sale.total, 2 if sale.is_first else 20),
    ),
    "a sum and a part": (
        [{"id": "h", "pay": {"kind": "hybrid", "parts": [
            {"kind": "fixed", "amount_minor": 777, "per": "order"}, {"kind": "percent", "rate": "0.025"}]}}],
        lambda sale: 777 + Fraction(sale.total, 40),
    ),
    "a sum for each": (
        [{"id": "u", "pay": {"kind": "fixed", "amount_minor": 5, "per": "unit"}}],
        lambda sale: Fraction(5 * sale.units),
    ),
    "slices": tiered("slices", "past_each", (0, "0.07"), (900, "0.133"), (30_000, "0.21"), (10**14, "0.01")),
    "the tier reached": tiered("reached", "whole", (0, "0"), (1_000, "0.125"), (40_000, "0.3333")),
    "the whole month": tiered("month", "all", (0, "0.07"), (2_000, "0.133"), (50_000, "0.21"), (10**14, "0.0333")),
    "the whole month, less": tiered("month", "all", (0, "0"), (1_500, "0.111"), (100_000, "0.05")),
    "for their number": tiered("number", "whole", (1, "33"), (3, "101"), (6, "77"), counts=True),
    "the month for its number": tiered("heads", "all", (0, "50"), (2, "101"), (5, "333"), counts=True),
}  # fmt: skip
LEVELS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "of the commission": [{"level": 1, "of": "commission", "rate": "0.333"}],
    "of the sale, twice": [
        {"level": 1, "of": "sale", "rate": "0.025"}, {"level": 2, "of": "sale", "rate": "0.0125"}],
    "of both": [{"level": 1, "of": "sale", "rate": "0.01"}, {"level": 2, "of": "commission", "rate": "1"}],
}  # fmt: skip
KEPT_BACK = {"": (None, 0), "a tenth for a month": ("0.1", 30), "a third": ("0.3333", 75), "all for a day": ("1", 1)}
CLIMBING = sorted(name for name, (_, read) in PAYS.items() if isinstance(read, Climb))
DEAL = st.fixed_dictionaries(
    {
        "pay": st.sampled_from(CLIMBING) | st.sampled_from(sorted(PAYS)),
        "hold": st.sampled_from([0, 1, 14, 45]), "pinned": st.booleans(),
        "levels": st.sampled_from(sorted(LEVELS)), "kept_back": st.sampled_from(sorted(KEPT_BACK)),
    }
)  # fmt: skip
PLACES = (
    ("EUR", "Europe/Berlin"), ("JPY", "Asia/Tokyo"), ("KRW", "Asia/Seoul"), ("BHD", "Asia/Bahrain"),
    ("KWD", "Pacific/Auckland"),
)  # fmt: skip
RECRUITERS: tuple[dict[str, str], ...] = ({}, {"bob": "ada", "cyn": "bob"}, {"ada": "cyn", "bob": "cyn"})
Sales = list[tuple[list[str], int, int, str]]
PRICES = (1, 37, 10_03, 16_000_000_000_000)  # sixty of the last come near to 10^15
CUSTOMERS = ("kim", "lee", "park", "choi", "han")
SALES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(NAMES), max_size=4), st.sampled_from(PRICES), st.integers(1, 60),
        st.sampled_from(CUSTOMERS),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip
ROW = st.lists(
    st.tuples(st.sampled_from(PRICES[:3]), st.integers(1, 60), st.sampled_from(CUSTOMERS)), min_size=2, max_size=3
)
PARTS = {"1/4": Fraction(1, 4), "1/3": Fraction(1, 3), "0.5": Fraction(1, 2), "100 %": Fraction(1)}
AMOUNTS = st.integers(1, 60_000) | st.integers(1, 10**15)
STEPS = int(os.environ.get("MACHINE_STEPS", "40"))
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "5"))
LOOK_EVERY = 8
# Making a failing story shorter takes minutes against a real database: `MACHINE_SHRINK=1` asks for it.
PHASES = [phase for phase in Phase if phase is not Phase.shrink or os.environ.get("MACHINE_SHRINK")]


class MoneyMachine(RuleBasedStateMachine):
    """Sales and everything that may become of them; time only goes on."""

    brand: Any = None
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now, self.count, self.refs, self.looked = AT, 0, 0, 0
        self.chargebacks: list[tuple[str, str]] = []
        self.claims: dict[Claim, CreditDispute] = {}

    def teardown(self) -> None:
        if hasattr(self, "toy"):
            self.seen.update(f"{line.kind} {line.state}" for line in self.toy.lines)
            self.seen.update(f"statement {each.state}, payout {each.sent or 'none'}" for each in self.toy.settlements)
            self.seen.update(f"kept back {each.held > 0}, again {each.released > 0}" for each in self.toy.settlements)
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)
        if hasattr(self, "entered"):
            self.entered.__exit__(None, None, None)

    @initialize(
        minimum=st.sampled_from([0, 5_000]),
        model=st.sampled_from(["last", "linear"]),
        place=st.sampled_from(PLACES),
        recruiters=st.sampled_from(RECRUITERS),
        deals=st.tuples(*[DEAL] * len(NAMES)),
        sales=SALES,
    )
    def begin(
        self, minimum: int, model: str, place: tuple[str, str], recruiters: dict[str, str],
        deals: tuple[dict[str, Any], ...], sales: Sales,
    ) -> None:  # fmt: skip
        self.currency, self.zone = place
        brand = copy(self.brand)
        brand.currency, brand.timezone = place
        self.entered = brand_entered(brand)
        self.entered.__enter__()
        self.closed_until = month_of(AT, self.zone).start
        self.toy = Toy(minimum, model, self.zone, recruiters)
        ensure_policy(terms={"model": model}, at=AT - 40 * DAY)
        self.partners: dict[str, Enrollment] = {}
        self.offers = {price: offer_at(price, code=f"at-{price}", currency=self.currency) for price in PRICES}
        for name, deal in zip(NAMES, deals, strict=True):
            self.partners[name] = partner(name)
            self.agree(name, AT - 30 * DAY, **deal)
        for name, recruiter in recruiters.items():
            set_recruiter(
                enrollment=self.partners[name], recruiter=self.partners[recruiter], actor=ACTOR, at=AT - 30 * DAY
            )
        self.sell_some(sales)

    def agree(
        self, name: str, since: datetime, *, pay: str, hold: int, levels: str, kept_back: str, pinned: bool
    ) -> None:  # fmt: skip
        (rules, pays), (rate, days) = PAYS[pay], KEPT_BACK[kept_back]
        set_contract(
            enrollment=self.partners[name], currency=self.currency, rules=rules, hold_days=hold,
            minimum_payout_minor=self.toy.minimum, negative="carry", pinning="pinned" if pinned else "floating",
            levels=LEVELS[levels], reserve={"rate": rate, "days": days} if rate else {},
            effective_from=since, actor=ACTOR, at=self.now,
        )  # fmt: skip
        read = {each["level"]: (each["of"], Fraction(each["rate"])) for each in LEVELS[levels]}
        kept_for = timedelta(days=days)
        self.toy.agree(name, Terms(since, pays, timedelta(days=hold), pinned, read, Fraction(rate or 0), kept_for))

    @rule(name=st.sampled_from(NAMES), deal=DEAL)
    def new_terms(self, name: str, deal: dict[str, Any]) -> None:
        self.now += timedelta(seconds=1)
        self.agree(name, self.now, **deal)
        self.now += timedelta(seconds=1)

    @rule(sales=SALES)
    def sell_more(self, sales: Sales) -> None:
        self.sell_some(sales)

    @rule(name=st.sampled_from(NAMES), sales=ROW)
    def sell_in_a_row(self, name: str, sales: list[tuple[int, int, str]]) -> None:
        """What one partner brings at a time climbs together, and comes back together."""
        for sale in sales:
            self.sell([name], *sale)

    def sell_some(self, sales: Sales) -> None:
        for touches, price, units, customer in sales:
            self.sell(touches, price, units, customer)

    def sell(self, touches: list[str], price: int, units: int, customer: str) -> None:
        self.count += 1
        visitor = f"v{self.count}"
        for number, name in enumerate(touches):  # an hour apart: within half an hour it would be one visit
            visit(visitor, self.partners[name], self.now - DAY + timedelta(hours=number))
        order = order_of(self.offers[price], visitor, quantity=units, currency=self.currency,
                         email=f"{customer}@example.com")  # fmt: skip
        pay_order(order_ref=order.public_id, at=self.now)
        self.settle_outbox()
        self.toy.sell(order.public_id, customer, order.total_minor, units, touches, self.now)

    @precondition(lambda self: self.toy.sales)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        self.delivered(self.sale(data))

    def delivered(self, sale: Sale) -> None:
        order = Order.objects.get(public_id=sale.key)
        if sale.fulfilled_at or order.fulfilment_state == "canceled" or order.money_state == "refunded":
            assert sale.fulfilled_at or sale.back == sale.total
            return
        fulfill(order, self.now)
        self.settle_outbox()
        self.toy.deliver(sale.key, self.now)

    @precondition(lambda self: self.toy.sales)
    @rule(data=st.data(), amount=AMOUNTS)
    def give_back(self, data: st.DataObject, amount: int) -> None:
        sale = self.sale(data)
        if left := min(amount, sale.total - sale.back):
            self.refs += 1
            refund(Order.objects.get(public_id=sale.key), left, f"ref_{self.refs}", self.now)
            self.settle_outbox()
            self.toy.refund(sale.key, left, self.now)

    @precondition(lambda self: self.toy.sales)
    @rule(data=st.data(), amount=AMOUNTS)
    def bank_disputes(self, data: st.DataObject, amount: int) -> None:
        sale = self.sale(data)
        if left := min(amount, sale.total - sale.back):
            self.refs += 1
            name = f"dp_{self.refs}"
            dispute(Order.objects.get(public_id=sale.key), left, name, self.now)
            self.settle_outbox()
            self.toy.dispute(sale.key, name, left, self.now)
            self.chargebacks.append((sale.key, name))

    @precondition(lambda self: self.chargebacks)
    @rule(data=st.data(), won=st.booleans())
    def bank_decides(self, data: st.DataObject, won: bool) -> None:
        key, name = self.chargebacks.pop(data.draw(st.integers(0, len(self.chargebacks) - 1)))
        close_chargeback(Order.objects.get(public_id=key), won=won, ref=name, at=self.now)
        self.settle_outbox()
        if won:
            self.toy.dispute_won(key, name, self.now)

    @precondition(lambda self: self.toy.sales)
    @rule(data=st.data(), quarters=st.tuples(*[st.integers(0, 4)] * len(NAMES)))
    def award_shares(self, data: st.DataObject, quarters: tuple[int, ...]) -> None:
        sale, whole = self.sale(data), max(4, sum(quarters))
        shares = {name: Fraction(each, whole) for name, each in zip(NAMES, quarters, strict=True) if each}
        given = [{"participant": self.partners[name].public_id, "weight": f"{each.numerator}/{each.denominator}"}
                 for name, each in shares.items()]  # fmt: skip
        award(order_ref=sale.key, shares=given, cause="operator", actor=FINANCE, at=self.now)
        self.settle_outbox()
        self.toy.award(sale.key, shares, self.now)

    @precondition(lambda self: self.toy.sales)
    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def credit_agent(self, data: st.DataObject, name: str) -> None:
        sale = self.sale(data)
        enter_agent(
            enrollment=self.partners[name], reason="She sold it.", actor=ACTOR, at=self.now,
            order=Order.objects.get(public_id=sale.key),
            happened_at=sale.paid_at - DAY + timedelta(minutes=len(sale.agents)),
        )  # fmt: skip
        self.settle_outbox()
        self.toy.credit_agent(sale.key, name, self.now)

    @precondition(lambda self: self.toy.sales)
    @rule(data=st.data(), name=st.sampled_from(NAMES), part=st.sampled_from(sorted(PARTS)), proven=st.booleans())
    def claim(self, data: st.DataObject, name: str, part: str, proven: bool) -> None:
        sale = self.sale(data)
        is_late = self.now > sale.paid_at + 60 * DAY
        has_open = any((each.key, each.claimant) == (sale.key, name) for each in self.toy.claims)
        if is_late or has_open or PARTS[part] <= self.toy.shares(sale).get(name, 0):
            return
        dispute = open_dispute(
            order_ref=sale.key, claimant=self.partners[name], claimed=part, grounds="own_customer", statement="Mine.",
            actor=ACTOR, at=self.now, links=["https://example.com/mail"] if proven else [],
        )  # fmt: skip
        self.settle_outbox()
        self.toy.open_claim(sale.key, name, PARTS[part], proven, self.now)
        self.claims[self.toy.claims[-1]] = dispute

    @precondition(lambda self: self.toy.claims)
    @rule(data=st.data(), quarters=st.sampled_from([None, 0, 1, 2, 4]))
    def decide_claim(self, data: st.DataObject, quarters: int | None) -> None:
        claim = data.draw(st.sampled_from(self.toy.claims))
        if quarters is None:
            withdraw_dispute(dispute=self.claims[claim], reason="No.", actor=FINANCE, at=self.now)
            self.settle_outbox()
            return self.toy.close_claim(claim, claim.had, self.now)
        granted, moved = claim.claimed * quarters / 4, False
        try:
            decide_dispute(
                dispute=self.claims[claim], granted=f"{granted.numerator}/{granted.denominator}", reason="So.",
                actor=FINANCE, at=self.now,
            )  # fmt: skip
        except CreditMoved:
            moved = True
        self.settle_outbox()
        try:
            self.toy.close_claim(claim, granted, self.now)
        except ValueError:
            assert moved
        else:
            assert not moved

    @rule()
    def clock_decides(self) -> None:
        close_due(at=self.now)
        self.settle_outbox()
        self.toy.clock(self.now)

    def sale(self, data: st.DataObject) -> Sale:
        """Mostly one of the latest: only what meets on one sale tells something new."""
        sales = list(self.toy.sales.values())
        return data.draw(st.sampled_from(sales[-2:]) | st.sampled_from(sales))

    @rule(name=st.sampled_from(NAMES), amount=st.integers(-20_000, 20_000).filter(bool))
    def adjust(self, name: str, amount: int) -> None:
        self.close()  # months that are over take nothing of today
        proposed = propose_adjustment(
            partner_ref=self.partners[name].partner_ref, currency=self.currency, amount_minor=amount,
            reason="A courtesy.", actor=ANNA, at=self.now,
        )  # fmt: skip
        approve_adjustment(adjustment=proposed, actor=BEN, at=self.now)
        self.settle_outbox()
        self.toy.adjust(name, amount)

    @rule(hours=st.sampled_from([1, 20, 24 * 5, 24 * 16]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.toy.sales)
    @rule(hours=st.integers(1, 24 * 20), paying=st.booleans())
    def month_passes(self, hours: int, paying: bool) -> None:
        """What a brand does every month: deliver, wait, close, approve, pay."""
        for sale in self.toy.sales.values():
            self.delivered(sale)
        self.now = month_of(self.now, self.zone).end + timedelta(hours=hours)
        self.close()
        self.approve()
        for settled in [s for s in self.toy.settlements if paying and s.state == "issued" and s.sent in ("", "failed")]:
            self.send(settled, "arrives")

    @rule()
    def mature(self) -> None:
        mature_due(at=self.now)
        self.settle_outbox()
        self.toy.mature(self.now)

    @rule()
    def close(self) -> None:
        month = month_of(self.closed_until, self.zone)
        while month.end <= self.now:
            label = f"{month.first_on:%Y-%m}"
            close_period(label=label, actor=ANNA, at=self.now)
            self.toy.close(label, month.end)
            self.closed_until, month = month.end, month.next()
            self.settle_outbox()

    @rule()
    def approve(self) -> None:
        for settlement in Settlement.objects.filter(state="draft").select_related("period").order_by("pk"):
            approve_period(period=settlement.period, actor=BEN, at=self.now)
        for settlement in Settlement.objects.filter(state="approved").order_by("pk"):
            issue_statement(settlement=settlement, at=self.now)
        self.settle_outbox()
        for month in dict.fromkeys(each.month for each in self.toy.settlements):
            self.toy.issue(month)

    @rule(data=st.data(), arrives=st.sampled_from(["sent", "arrives", "bounces"]))
    def pay(self, data: st.DataObject, arrives: str) -> None:
        ready = [s for s in self.toy.settlements if s.state == "issued" and s.payout and s.sent in ("", "failed")]
        if not ready:
            return
        self.send(data.draw(st.sampled_from(ready)), arrives)

    def send(self, chosen: Settled, arrives: str) -> None:
        settlement = Settlement.objects.get(
            period__label=chosen.month, partner_ref=self.partners[chosen.partner].partner_ref
        )
        payout = request_payout(settlement=settlement, actor=ANNA, at=self.now)
        self.toy.send(chosen)
        if arrives == "arrives":
            confirm_payout(payout=payout, reference=f"bank {self.count}", actor=ANNA, at=self.now)
            self.toy.arrive(chosen)
        elif arrives == "bounces":
            fail_payout(payout=payout, reason="no such account", actor=ANNA, at=self.now)
            self.toy.bounce(chosen)
        self.settle_outbox()

    def settle_outbox(self) -> None:
        # Documents are looked at elsewhere; a hundred thousand PDFs would tell nothing of the money.
        Delivery.objects.filter(handler="tenant_apps.settlements.print_pdf").update(state="done")
        for _ in range(3):
            Delivery.objects.filter(state="waiting").update(due_at=AT)
            while drain_schema():
                pass
        assert not Delivery.objects.exclude(state="done").exists()

    @invariant()
    def lines_agree(self) -> None:
        if not hasattr(self, "toy"):
            return
        names = {enrollment.partner_ref: name for name, enrollment in self.partners.items()}
        rows = Commission.objects.values_list("partner_ref", "kind", "state").annotate(Count("pk"), Sum("amount_minor"))
        ours = {(names[ref], kind, state): (count, total) for ref, kind, state, count, total in rows.order_by()}
        assert ours == self.toy.told()

    @invariant()
    def settlements_agree(self) -> None:
        if not hasattr(self, "toy"):
            return
        names = {enrollment.partner_ref: name for name, enrollment in self.partners.items()}
        ours = {
            (s.period.label, names[s.partner_ref], s.opening_minor, s.earned_minor, s.clawback_minor,
             s.adjustment_minor, s.reserve_released_minor, s.reserve_held_minor, s.payout_minor, s.closing_minor,
             s.state)
            for s in Settlement.objects.select_related("period")
        }  # fmt: skip
        assert ours == {(each.month, each.partner, *each.sums, each.state) for each in self.toy.settlements}

    @invariant()
    def statements_agree(self) -> None:
        """What partners read: the sums, and the lines that add up to them."""
        if not hasattr(self, "toy"):
            return
        names = {enrollment.partner_ref: name for name, enrollment in self.partners.items()}
        statements = Statement.objects.select_related("settlement__period")
        ours = {
            (each.settlement.period.label, names[each.settlement.partner_ref]): self.read(each.snapshot)
            for each in statements
        }
        issued = [each for each in self.toy.settlements if each.state != "draft"]
        assert ours == {
            (each.month, each.partner): (self.currency, each.sums, Counter(line.amount for line in each.lines))
            for each in issued
        }

    def read(self, said: dict[str, Any]) -> tuple[str, tuple[int, ...], Counter[int]]:
        names = ("opening", "earned", "clawback", "adjustment", "reserve_released", "reserve_held", "payout", "closing")
        lines = [line["amount_minor"] for line in [*said["earnings"], *said["clawbacks"]]]
        return said["currency"], tuple(said[f"{name}_minor"] for name in names), Counter(lines)

    @invariant()
    def books_agree(self) -> None:
        if not hasattr(self, "toy"):
            return
        for name, enrollment in self.partners.items():
            ref = enrollment.partner_ref
            accounts = {
                "pending": chart.partner_pending(ref), "payable": chart.partner_payable(ref),
                "transit": chart.payout_in_transit(ref), "reserve": chart.partner_reserve(ref),
            }  # fmt: skip
            ours = {what: balance(account.code, self.currency) for what, account in accounts.items()}
            assert ours == self.toy.books(name)
        assert balance(chart.bank().code, self.currency) == -sum(self.toy.bank.values())

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.looked += 1
        if self.looked % LOOK_EVERY == 0:
            self.look_closely()

    def look_closely(self) -> None:
        """Run the nightly proof of the books, and decide every decision again."""
        assert list(mismatches()) == []
        assert all(replay(attribution) == [] for attribution in Attribution.objects.prefetch_related("shares"))


@pytest.mark.django_db
def test_any_story_agrees_with_the_toy(aurora: Any) -> None:
    MoneyMachine.brand = aurora
    run_state_machine_as_test(
        MoneyMachine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, phases=PHASES),
    )
    print(dict(MoneyMachine.seen))
