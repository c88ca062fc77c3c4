"""The terms in effect, tried over what really happened, differ in nothing: whatever happened, at any chunk size."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.periods import month_of
from shared_apps.brands.entering import brand_entered
from tenant_apps.attribution.actions import ensure_policy
from tenant_apps.commissions.models import Commission
from tenant_apps.orders.actions import mark_paid
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import set_recruiter
from tenant_apps.programs.models import Enrollment
from tenant_apps.reports.actions.simulating import advancing
from tests.commissions.selling import (
    ACTOR,
    AT,
    DAY,
    add_line,
    close,
    dispute,
    offer_at,
    order_of,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.commissions.test_conservation import drained, fresh, left_of, open_disputes
from tests.conftest import brand_named
from tests.reports.trying import differing, in_effect, simulated, totals

MARCH = month_of(AT, "Europe/Berlin")
PHASES = [phase for phase in Phase if phase is not Phase.shrink]  # a smaller story would take minutes


def tiers(mode: str, period: str, *, measure: str = "period_revenue", **limits: Any) -> dict[str, Any]:
    bands: list[dict[str, Any]] = (
        [{"from": 0, "rate": "0.07"}, {"from": 9_000, "rate": "0.133"}, {"from": 30_000, "rate": "0.21"}]
        if measure == "period_revenue"
        else [{"from": 1, "amount_minor": 33}, {"from": 3, "amount_minor": 101}]
    )
    pay = {"kind": "tiered", "measure": measure, "mode": mode, "tiers": bands, "period": period}
    return {"id": f"{mode}-{period}", "pay": pay} | ({"limits": limits} if limits else {})


def capped(per: str, **period: str) -> dict[str, Any]:
    caps = [{"per": per, "amount_minor": 2_500} | period]
    return {"id": f"cap-{per}", "pay": {"kind": "percent", "rate": "0.15"}, "limits": {"caps": caps}}


HYBRID = {
    "id": "hybrid", "pay": {"kind": "hybrid", "parts": [
        {"kind": "fixed", "amount_minor": 77, "per": "order"}, tiers("all", "month")["pay"]]},
    "limits": {"min_minor": 90, "max_minor": 4_000, "caps": [
        {"per": "period", "period": "quarter", "amount_minor": 5_000}]},
}  # fmt: skip
RETURNING = {
    "id": "again",
    "when": {"charge": "returning", "min_quantity": 2},
    "pay": {"kind": "percent", "rate": "0.31"},
}
RULES: list[list[dict[str, Any]]] = [
    [{"id": "ten", "pay": {"kind": "percent", "rate": "0.1"}}],
    [RETURNING, tiers("past_each", "month")],
    [tiers("whole", "quarter", max_minor=3_000)],
    [tiers("all", "quarter")],
    [tiers("all", "month"), RETURNING],
    [tiers("whole", "lifetime", measure="period_count")],
    [tiers("all", "lifetime", measure="period_count")],
    [capped("partner"), RETURNING],
    [RETURNING, capped("customer", period="month")],
    [capped("period", period="month")],
    [HYBRID],
    [{"id": "own", "pay": {"kind": "percent", "rate": "0.5"}, "limits": {"cap_minor": 4_000, "max_charges": 2}}],
    [],
]
BONUSES = [{"id": "star", "measure": "period_revenue", "reach": 20_000, "amount_minor": 999, "period": "quarter"}]
LEVELS = [{"level": 1, "of": "commission", "rate": "0.25"}, {"level": 2, "of": "sale", "rate": "0.01"}]
CLAWBACKS: list[dict[str, Any]] = [
    {}, {"window_days": 20}, {"schedule": "declining", "steps": [{"after_days": 5, "rate": "0.4"}]},
]  # fmt: skip
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(
            st.just("sale"), st.integers(1, 30_000), st.lists(st.integers(0, 2), max_size=3), st.integers(0, 1),
            st.integers(0, 9),
        ),
        st.tuples(
            st.sampled_from(["refund", "dispute", "win"]), st.integers(0, 9), st.integers(1, 30_000), st.integers(0, 9)
        ),
    ),
    min_size=4, max_size=11,
)  # fmt: skip


# The second sale trues the first one up, its refund takes that back: what the upline had of it sums to nothing.
UP_AND_DOWN = [
    ("sale", 100, [], 0, 9), ("sale", 100, [], 0, 9), ("sale", 5_000, [1], 0, 3), ("sale", 10_000, [1], 0, 1),
    ("refund", 3, 30_000, 1),
]  # fmt: skip


class TestWhatReallyHolds(TestCase):
    @settings(max_examples=settings.default.max_examples // 8, phases=PHASES)
    @example(
        rules=[RULES[0], [tiers("all", "month")], RULES[0]], happenings=UP_AND_DOWN, clawback={}, model="last",
        levels=True, size=1000,
    )  # fmt: skip
    @given(
        rules=st.lists(st.sampled_from(RULES), min_size=3, max_size=3), happenings=HAPPENINGS,
        clawback=st.sampled_from(CLAWBACKS), model=st.sampled_from(["last", "linear"]), levels=st.booleans(),
        size=st.sampled_from([1, 2, 1000]),
    )  # fmt: skip
    def test_the_terms_in_effect_differ_in_nothing(
        self, rules: list[list[dict[str, Any]]], happenings: list[Any], clawback: dict[str, Any], model: str,
        levels: bool, size: int,
    ) -> None:  # fmt: skip
        with brand_entered(brand_named("Aurora")):
            deals = dealt(rules, clawback, model, levels=levels)
            happen(deals, happenings)
            with pytest.MonkeyPatch.context() as sized:
                sized.setattr(advancing, "CHUNK", size)
                simulation = simulated(in_effect(*deals))
            assert (simulation.state, simulation.failure) == ("done", "")
            assert differing(simulation) == []
            march = Commission.objects.filter(accrued_at__gte=MARCH.start, accrued_at__lt=MARCH.end)
            assert totals(simulation) == (sum_of(march), sum_of(march))


def dealt(rules: list[list[dict[str, Any]]], clawback: dict[str, Any], model: str, *, levels: bool) -> list[Enrollment]:
    ensure_policy(terms={"model": model}, at=AT - 90 * DAY)
    deals = [partner(f"p{number}", found) for number, found in enumerate(rules)]
    for deal in deals:
        deal.contract_versions.update(
            effective_from=AT - 90 * DAY, clawback=clawback, bonuses=BONUSES, levels=LEVELS if levels else []
        )
    if levels:
        for recruit, recruiter in ((2, 1), (1, 0)):
            set_recruiter(enrollment=deals[recruit], recruiter=deals[recruiter], actor=ACTOR, at=AT)
    return deals


def happen(deals: list[Enrollment], happenings: list[Any]) -> None:
    """Let sales and returns happen from February to April, each worked off before the next."""
    at, paid = AT - 20 * DAY, list[Order]()
    for number, (what, *told) in enumerate(happenings):
        at += timedelta(days=told[-1], hours=1)
        if what == "sale":
            paid.append(sell(number, deals, told[0], told[1], told[2], at))
        elif paid:
            order, amount = paid[told[0] % len(paid)], min(told[1], left_of(paid[told[0] % len(paid)]))
            if what == "win":
                for held in open_disputes(order)[:1]:
                    close(order, won=True, ref=held, at=at)
            elif amount and what == "refund":
                # Every second one was paid by another system, and is told late.
                since = order.paid_at or order.placed_at
                refund(order, amount, f"re_{number}", at, on=(since + (at - since) / 2).date() if number % 2 else None)
            elif amount:
                dispute(order, amount, f"re_{number}", at)
        drained()


def sell(number: int, deals: list[Enrollment], gross: int, brought: list[int], customer: int, at: datetime) -> Order:
    visitor = f"v{number}"
    for place, deal in enumerate(brought):
        visit(visitor, deals[deal], at - timedelta(hours=place + 1))
    offer = offer_at(gross, code=f"tour-{number}")
    order = order_of(offer, visitor, email=f"ann{customer}@example.com", quantity=1 + number % 2)
    if number % 3 == 0:
        add_line(order, offer_at(500, code=f"extra-{number}"), 500)
    return fresh(mark_paid(order_ref=order.public_id, at=at))
