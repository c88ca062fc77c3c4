"""A worker is killed inside each step of a simulation: the step is done again, and no line is lost or doubled."""

import multiprocessing
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from shared_apps.outbox.models import Delivery
from tenant_apps.console.management.story.browsing import until
from tenant_apps.programs.actions import draft_version
from tenant_apps.programs.models import ContractVersion
from tenant_apps.reports.actions import request_simulation
from tenant_apps.reports.actions.simulating import advancing
from tenant_apps.reports.models import SimulatedLine, Simulation
from tenant_apps.settlements.queries import known_to_terms
from tests.commissions.selling import ACTOR, AT, FINANCE, TEN_PERCENT, offer_at, paid_order, partner, refund, visit
from tests.conftest import brand_named
from tests.faults.simulators import SALES_PER_STEP, work_off
from tests.reports.trying import LATER, asked, differing, simulated, totals

Drain = Callable[[], int]
# What the worker is writing when it dies: the lines of the first two steps, then what the last one ends with.
DIES_AT = ("reports_simulatedline", "reports_simulatedline", "reports_simulatedtotal")
pytestmark = pytest.mark.slow


def tried(drain: Drain) -> ContractVersion:
    """Sell five times at ten per cent, give half of one back, and draft terms that climb."""
    nord, offer = partner("nord", TEN_PERCENT), offer_at(100_00)
    for number in range(5):
        visit(f"v{number}", nord)
        order = paid_order(offer, f"v{number}")
    drain()
    refund(order, 50_00)
    drain()
    tiers = [{"from": 0, "rate": "0.05"}, {"from": 150_00, "rate": "0.20"}]
    pay = {"kind": "tiered", "measure": "period_revenue", "mode": "past_each", "tiers": tiers}
    terms = {"currency": "EUR", "rules": [{"id": "climb", "pay": pay}]}
    return draft_version(enrollment=nord, terms=terms, known=known_to_terms(), actor=ACTOR, at=AT)


def killed_while_it_writes(table: str, database: str) -> None:
    """Kill a worker that waits inside its transaction for a table that we hold, and see its session end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.simulators", "tests.faults.closers"])  # one server for both tests
    worker = context.Process(target=work_off, args=(database,), daemon=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

        def asking() -> int | None:
            cursor.execute("SELECT pid FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
            found = cursor.fetchone()
            return found[0] if found else None

        worker.start()
        session = until(asking, what="the worker to write", seconds=120)
        worker.kill()
        worker.join()

    def is_gone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [session])
            return cursor.fetchone() is None

    until(is_gone, what="the dead worker's session to end", seconds=120)


def all_is_due() -> None:
    """Let what waits be due, also where a dead worker's lease of two minutes holds it."""
    Delivery.objects.filter(state="waiting").update(due_at=utc_now())


def test_a_simulation_whose_worker_is_killed_in_every_step_ends_as_a_calm_one(
    own_database: str, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "CHUNK", SALES_PER_STEP)
    with brand_entered(brand_named("Aurora")):
        version = tried(drain)
        calm = simulated([version])
        Delivery.objects.filter(state="waiting").update(state="done")
        stormy = request_simulation(asked=asked([version]), actor=FINANCE, at=LATER)
        for step, table in enumerate(DIES_AT):
            before = SimulatedLine.objects.filter(simulation=stormy).count()
            all_is_due()
            killed_while_it_writes(table, own_database)
            stormy.refresh_from_db()
            assert (stormy.is_open, stormy.step, stormy.rows_done) == (True, step, step * SALES_PER_STEP)
            assert SimulatedLine.objects.filter(simulation=stormy).count() == before
            assert not stormy.totals.exists()
            held = Delivery.objects.get(state="waiting")
            assert held.lease_token
            all_is_due()
            drain_schema(limit=1)
            stormy.refresh_from_db()
            assert stormy.step == step + 1
        assert (stormy.state, stormy.failure, stormy.rows_done) == ("done", "", calm.rows_done)
        assert differing(stormy) == differing(calm)
        # 5 % of 150 and 20 % of 350, less half of the last one's 20.
        assert totals(stormy) == totals(calm) == (45_00, 67_50)
        assert Simulation.objects.count() == 2
