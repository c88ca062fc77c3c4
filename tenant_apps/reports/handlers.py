from shared_apps.brands.clock import now
from shared_apps.outbox.subscribing import subscribe
from tenant_apps.reports.actions import advance_export, advance_simulation
from tenant_apps.reports.events import ExportAdvanced, ExportRequested, SimulationAdvanced, SimulationRequested


@subscribe(ExportRequested, effect=True)
def begin(event: ExportRequested) -> None:
    """Write the first rows; each chunk then asks for the next, so no delivery outlasts its lease."""
    advance_export(export_ref=event.export_ref, step=0, at=now())


@subscribe(ExportAdvanced, effect=True)
def go_on(event: ExportAdvanced) -> None:
    """Write the rows after those, or put the file together."""
    advance_export(export_ref=event.export_ref, step=event.step, at=now())


@subscribe(SimulationRequested, effect=True)
def begin_simulation(event: SimulationRequested) -> None:
    """Run the first sales once more; each chunk then asks for the next."""
    advance_simulation(simulation_ref=event.simulation_ref, step=0, at=now())


@subscribe(SimulationAdvanced, effect=True)
def go_on_simulating(event: SimulationAdvanced) -> None:
    """Run the sales after those, or add the result up."""
    advance_simulation(simulation_ref=event.simulation_ref, step=event.step, at=now())
