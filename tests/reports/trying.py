"""Trying terms over sales that really happened: ask, work off, read what came of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.reports.actions import Asked, advance_simulation, request_simulation
from tenant_apps.reports.models import SimulatedLine, SimulatedTotal, Simulation
from tests.commissions.selling import AT, DAY, FINANCE

MARCH = {"since": date(2026, 3, 1), "until": date(2026, 3, 31)}
LATER = AT + 90 * DAY


def asked(versions: Sequence[ContractVersion] = (), **more: Any) -> Asked:
    return Asked(**(MARCH | {"versions": [version.public_id for version in versions]} | more))


def simulated(versions: Sequence[ContractVersion] = (), *, at: datetime = LATER, **more: Any) -> Simulation:
    """Ask for a simulation and run it, step by step."""
    simulation = request_simulation(asked=asked(versions, **more), actor=FINANCE, at=at)
    return worked_off(simulation, at)


def worked_off(simulation: Simulation, at: datetime = LATER) -> Simulation:
    current = simulation
    while current.is_open:
        advance_simulation(simulation_ref=current.public_id, step=current.step, at=at)
        current = Simulation.objects.get(pk=current.pk)
    return current


def in_effect(*deals: Enrollment) -> list[ContractVersion]:
    return list(ContractVersion.objects.filter(enrollment__in=deals).order_by("pk"))


def differing(simulation: Simulation) -> list[tuple[Any, ...]]:
    rows = SimulatedLine.objects.filter(simulation=simulation).order_by("pk")
    return [(row.kind, row.enrollment_id, row.order_ref, row.rule_booked, row.booked_minor, row.rule_simulated,
             row.simulated_minor, row.explanation) for row in rows]  # fmt: skip


def totals(simulation: Simulation) -> tuple[int, int]:
    """What was booked, and what it would have been."""
    sums = SimulatedTotal.objects.filter(simulation=simulation).aggregate(
        booked=Sum("booked_minor", default=0), simulated=Sum("simulated_minor", default=0)
    )
    return sums["booked"], sums["simulated"]


def rows_everywhere() -> dict[str, int]:
    """How many rows each table has, but the simulation's own, its audit and the messages that carry it."""
    own = ("reports_simul", "audit_", "outbox_", "django_")
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if not table.startswith(own)]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts
