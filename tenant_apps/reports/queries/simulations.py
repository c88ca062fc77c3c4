"""What came of simulations: totals per currency, who gains and loses, by rule, by month, the lines that differ."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Sum

from tenant_apps.reports.models import SimulatedLine, SimulatedTotal, Simulation
from tenant_apps.reports.states import SimulationState

_SUMS = {
    "booked": Sum("booked_minor"), "simulated": Sum("simulated_minor"), "all_lines": Sum("lines"),
    "differing": Sum("changed"), "difference": Sum(F("simulated_minor") - F("booked_minor")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beside:
    """What was booked beside what it would have been, in one currency; `key` says of what."""

    key: str
    label: str
    currency: str
    booked_minor: int
    simulated_minor: int
    lines: int
    changed: int

    @property
    def difference_minor(self) -> int:
        """What it would have been more, below zero less."""
        return self.simulated_minor - self.booked_minor


def all_simulations() -> QuerySet[Simulation]:
    """Return every simulation, the latest first, without what only a worker needs."""
    return Simulation.objects.defer("carried").order_by("-pk")


def simulation_by_ref(ref: str) -> Simulation | None:
    """Return a simulation by its public id."""
    return Simulation.objects.filter(public_id=ref).first()


def simulation_by_key(key: int) -> Simulation | None:
    """Return a simulation by its primary key."""
    return Simulation.objects.filter(pk=key).first()


def totals_of_simulation(simulation: Simulation) -> list[Beside]:
    """Return the totals per currency; they are never summed across currencies."""
    return _beside(simulation, "currency")


def by_rule(simulation: Simulation) -> list[Beside]:
    """Return what each rule was paid and would have been; an empty key is what no rule paid."""
    return _beside(simulation, "rule")


def by_month(simulation: Simulation) -> list[Beside]:
    """Return what each month was booked and would have been, the first one first."""
    return sorted(_beside(simulation, "month"), key=lambda row: (row.currency, row.key))


def by_partner(simulation: Simulation) -> QuerySet[Any]:
    """Return what each partner was paid and would have been, who gains most first, as rows of names."""
    rows: QuerySet[Any] = SimulatedTotal.objects.filter(simulation=simulation)
    rows = rows.values("currency", partner=F("enrollment__partner_ref"), partner_name=F("enrollment__partner_name"))
    rows = rows.annotate(**_SUMS)
    return rows.order_by("currency", "-difference", "partner")


def partners_of_simulation(simulation: Simulation, *, most: int) -> list[Beside]:
    """Return the partners whose pay differs most, either way: per currency who gains, then who loses."""
    found = [
        Beside(row["partner"], row["partner_name"], row["currency"], row["booked"], row["simulated"], row["all_lines"],
               row["differing"])
        for row in by_partner(simulation).exclude(difference=0)
    ]  # fmt: skip
    loudest = sorted(found, key=lambda row: -abs(row.difference_minor))[:most]
    return [row for row in found if row in loudest]


def lines_of_simulation(simulation: Simulation, *, partner: str = "") -> QuerySet[SimulatedLine]:
    """Return the lines that differ, with their deals, those of one partner if it is named."""
    lines = SimulatedLine.objects.filter(simulation=simulation).select_related("enrollment").order_by("pk")
    return lines.filter(enrollment__partner_ref=partner) if partner else lines


def all_simulated_lines() -> QuerySet[SimulatedLine]:
    """Return the lines that differ, of all simulations that are done."""
    done = SimulatedLine.objects.filter(simulation__state=SimulationState.DONE)
    return done.select_related("enrollment", "simulation").defer("simulation__carried", "simulation__terms")


def _beside(simulation: Simulation, key: str) -> list[Beside]:
    rows = SimulatedTotal.objects.filter(simulation=simulation).values(key, "currency").annotate(**_SUMS)
    return [
        Beside(row[key], row[key], row["currency"], row["booked"], row["simulated"], row["all_lines"],
               row["differing"])
        for row in rows.order_by("currency", "-difference", key)
    ]  # fmt: skip
