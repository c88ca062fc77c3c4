from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.reports import actions, queries
from tenant_apps.reports.models import Export, SimulatedLine, Simulation
from tenant_apps.reports.policies import may_export, may_see_simulations, may_simulate
from tenant_apps.reports.schemas.reporting import ExportOut
from tenant_apps.reports.schemas.simulating import (
    SimulatedLineOut,
    SimulatedPartnerOut,
    SimulationExportIn,
    SimulationIn,
    SimulationOut,
    SimulationResultOut,
)
from tenant_apps.reports.states import ExportKind, SimulationState

router = Router(tags=["simulations"])


@router.get("/simulations", response=list[SimulationOut])
@door(may_see_simulations)
@paginate(Pages)
def simulations(request: HttpRequest, state: SimulationState | None = None) -> QuerySet[Simulation]:  # noqa: ARG001
    """List simulations, the latest first."""
    asked = queries.all_simulations()
    return asked.filter(state=state) if state else asked


@router.post("/simulations", response=SimulationOut)
@door(may_simulate)
def request_simulation(request: HttpRequest, payload: SimulationIn) -> Simulation:
    """Ask what days of the past would have cost under other terms; ask for the simulation again until it is done."""
    asked = actions.Asked(**payload.model_dump())
    return actions.request_simulation(asked=asked, actor=actor_in(request), at=now())


@router.get("/simulations/{simulation}", response=SimulationResultOut)
@door(may_see_simulations)
def simulation_of(request: HttpRequest, simulation: Ref) -> dict[str, Any]:  # noqa: ARG001
    """Show how far a simulation is, and what came of it: totals per currency, by rule and by month."""
    known = found(queries.simulation_by_ref(simulation))
    return {
        "simulation": known, "totals": queries.totals_of_simulation(known), "rules": queries.by_rule(known),
        "months": queries.by_month(known),
    }  # fmt: skip


@router.get("/simulations/{simulation}/partners", response=list[SimulatedPartnerOut])
@door(may_see_simulations)
@paginate(Pages)
def partners_of(request: HttpRequest, simulation: Ref) -> QuerySet[Any]:  # noqa: ARG001
    """List the partners with what they were paid and would have been, per currency; who gains most comes first."""
    return queries.by_partner(found(queries.simulation_by_ref(simulation)))


@router.get("/simulations/{simulation}/lines", response=list[SimulatedLineOut])
@door(may_see_simulations)
@paginate(Pages)
def lines_of(request: HttpRequest, simulation: Ref, partner: str = "") -> QuerySet[SimulatedLine]:  # noqa: ARG001
    """List the lines that differ, each with its steps; those of one partner if it is named."""
    return queries.lines_of_simulation(found(queries.simulation_by_ref(simulation)), partner=partner)


@router.post("/simulations/{simulation}/cancel", response=SimulationOut)
@door(may_simulate)
def cancel_simulation(request: HttpRequest, simulation: Ref) -> Simulation:
    """Stop a simulation that waits or runs; what it had so far is dropped."""
    known = found(queries.simulation_by_ref(simulation))
    return actions.cancel_simulation(simulation=known, actor=actor_in(request), at=now())


@router.post("/simulations/{simulation}/export", response=ExportOut)
@door(may_export)
def export_simulation(request: HttpRequest, simulation: Ref, payload: SimulationExportIn) -> Export:
    """Ask for the lines that differ as a file; the export is followed and taken like any other."""
    known = found(queries.simulation_by_ref(simulation))
    return actions.request_export(
        kind=ExportKind.SIMULATION, format=payload.format, filters={"simulation": known.public_id},
        actor=actor_in(request), at=now(),
    )  # fmt: skip
