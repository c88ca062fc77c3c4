"""A simulation's result is kept for a while, then dropped in small steps; who asked for what stays. And rates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from config.schedule import JOBS
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.actions import advance_clock
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.commissions.models import Commission
from tenant_apps.programs.actions import draft_version
from tenant_apps.reports.actions import expire_simulations, request_export
from tenant_apps.reports.actions.simulating import expiring
from tenant_apps.reports.errors import ResultDropped
from tenant_apps.reports.models import Export, SimulatedLine, SimulatedTotal, Simulation
from tenant_apps.reports.queries import totals_of_simulation
from tenant_apps.reports.tasks import drop_old_simulations
from tenant_apps.settlements.queries import known_to_terms
from tests.commissions.selling import ACTOR, AT, FINANCE, TEN_PERCENT, offer_at, paid_order, partner, refund, visit
from tests.commissions.test_exchange import rate, sold
from tests.reports.trying import LATER, differing, in_effect, simulated

Drain = Callable[[], int]


def trial(drain: Drain, number: int = 1, many: int = 1) -> Simulation:
    """A simulation of five per cent instead of ten, over so many sales."""
    nord = partner(f"nord{number}", TEN_PERCENT)
    for each in range(many):
        visit(f"v{number}{each}", nord)
        paid_order(offer_at(100_00, code=f"tour-{number}-{each}"), f"v{number}{each}")
    drain()
    terms = {"currency": "EUR", "rules": [{"id": "half", "pay": {"kind": "percent", "rate": "0.05"}}]}
    version = draft_version(enrollment=nord, terms=terms, known=known_to_terms(), actor=ACTOR, at=AT)
    return simulated([version])


def test_a_result_is_dropped_when_its_time_is_over_and_stays_on_record(
    in_aurora: Brand, drain: Drain, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = trial(drain, many=3)
    settings.SIMULATIONS_KEPT_DAYS = 1000
    kept = trial(drain, 2)
    assert first.expires_at == LATER + timedelta(days=90)
    assert expire_simulations(at=first.expires_at - timedelta(seconds=1)) == 0
    monkeypatch.setattr(expiring, "LINES_AT_ONCE", 2)
    assert [expire_simulations(at=first.expires_at) for _ in range(3)] == [3, 1, 0]
    first.refresh_from_db()
    assert (first.state, first.rows_total, first.requested_by) == ("expired", 3, FINANCE.id)
    for table in (SimulatedLine, SimulatedTotal):
        assert set(table.objects.values_list("simulation", flat=True)) == {kept.pk}
    assert AuditEvent.objects.filter(verb="simulation.expired", subject_id=first.public_id).count() == 1
    with pytest.raises(ResultDropped):
        request_export(
            kind="simulation", format="csv", filters={"simulation": first.public_id}, actor=FINANCE, at=LATER
        )
    assert Export.objects.count() == 0


def test_each_night_every_brand_drops_what_is_over(in_aurora: Brand, drain: Drain) -> None:
    simulation = trial(drain)
    advance_clock(brand=in_aurora, to=LATER + timedelta(days=400), actor=FINANCE)
    assert drop_old_simulations in JOBS
    drop_old_simulations.call_local()
    with brand_entered(in_aurora):
        simulation.refresh_from_db()
        assert (simulation.state, SimulatedLine.objects.count()) == ("expired", 0)


def test_sales_in_another_currency_are_simulated_at_the_rate_that_was_frozen_with_them(
    in_aurora: Brand, drain: Drain
) -> None:
    rate("USD", "EUR", "0.90")
    nord, order = sold("USD", 200_00)
    drain()
    refund(order, 50_00)
    drain()
    rate("USD", "EUR", "0.50")  # a later word for the same day: what was booked keeps its own
    [booked, back] = Commission.objects.order_by("pk")
    assert (booked.amount_minor, back.amount_minor) == (18_00, -4_50)
    assert differing(simulated(in_effect(nord))) == []
    terms = {"currency": "EUR", "rules": [{"id": "ten", "pay": {"kind": "percent", "rate": "0.2"}}], "converts": True}
    twice = draft_version(enrollment=nord, terms=terms, known=known_to_terms(), actor=ACTOR, at=AT)
    [total] = totals_of_simulation(simulated([twice]))
    assert (total.currency, total.booked_minor, total.simulated_minor) == ("EUR", 13_50, 27_00)
    rows = SimulatedLine.objects.filter(simulation__pk=Simulation.objects.latest("pk").pk).order_by("pk")
    assert [(row.kind, row.booked_minor, row.simulated_minor) for row in rows] == [
        ("sale", 18_00, 36_00), ("return", -4_50, -9_00),
    ]  # fmt: skip
    told = {step["code"]: step["facts"] for step in rows[0].explanation}
    assert told["sold_for"] == {"amount": "200.00 USD"}
    assert (told["exchange"]["units"], told["exchange"]["day"]) == ("0.9", "2026-03-10")
