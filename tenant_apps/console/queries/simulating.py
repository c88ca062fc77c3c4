from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from tenant_apps.programs.queries import all_versions
from tenant_apps.reports.models import Simulation
from tenant_apps.reports.queries import (
    Beside,
    by_month,
    by_rule,
    lines_of_simulation,
    partners_of_simulation,
    totals_of_simulation,
)
from tenant_apps.reports.states import SimulatedKind

SHOWN, CHOICES = 50, 200
KINDS = {
    SimulatedKind.SALE: _("Sale"),
    SimulatedKind.LEVEL: _("Level"),
    SimulatedKind.RETURN: _("Money back"),
    SimulatedKind.PERIOD: _("Whole period"),
}


def simulation_story(simulation: Simulation) -> dict[str, Any]:
    """Return what came of a simulation: totals, who gains and who loses, by rule, by month, the lines that differ."""
    if simulation.state != "done":
        return {}
    partners = partners_of_simulation(simulation, most=SHOWN)
    lines = [{"row": line, "kind": KINDS[SimulatedKind(line.kind)]} for line in lines_of_simulation(simulation)[:SHOWN]]
    return {
        "totals": totals_of_simulation(simulation), "partners": _barred(partners),
        "rules": _barred(by_rule(simulation)), "months": by_month(simulation), "lines": lines,
    }  # fmt: skip


def versions_to_try() -> list[Any]:
    """Return the contract versions that may be tried, the latest first."""
    return list(all_versions()[:CHOICES])


def last_month(today: date) -> tuple[date, date]:
    """Return the first and the last day of the month before: what is whole and still at hand."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _barred(rows: list[Beside]) -> list[dict[str, Any]]:
    top = max([abs(row.difference_minor) for row in rows] or [1]) or 1
    return [{"row": row, "width": abs(row.difference_minor) * 100 // top} for row in rows]
