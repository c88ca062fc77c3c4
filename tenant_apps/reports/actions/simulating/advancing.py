from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from kernel.actor import Actor, system
from kernel.errors import DomainError
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.reports.actions.simulating.finishing import finish
from tenant_apps.reports.actions.simulating.opening import carried_by, world_of
from tenant_apps.reports.actions.simulating.stepping import Stepper
from tenant_apps.reports.events import SimulationAdvanced, SimulationFinished
from tenant_apps.reports.models import SimulatedLine, Simulation
from tenant_apps.reports.queries.replaying import chunk_of, scope_of
from tenant_apps.reports.states import SIMULATION, SimulationState

CHUNK = 1_000
AT_ONCE = 500
SIMULATOR = system("simulations")


@transaction.atomic
def advance_simulation(*, simulation_ref: str, step: int, at: datetime, actor: Actor = SIMULATOR) -> Simulation | None:
    """Run the next sales of a simulation once more, or add it up when there are no more.

    One transaction per step, and a step writes nothing but the simulation's own rows. A step that was done, or
    one that a late worker repeats, changes nothing. Raises RetryLater while another worker holds it; None when
    it is not open at this step.
    """
    known = Simulation.objects.filter(public_id=simulation_ref, step=step)
    simulation = known.select_for_update(skip_locked=True).first()
    if simulation is None:
        if known.exists():
            raise RetryLater(sentence("Another worker is busy with %(job)s.", job=simulation_ref))
        return None
    if not simulation.is_open:
        return None
    if simulation.state == SimulationState.QUEUED:
        change_state(simulation, SIMULATION, SimulationState.RUNNING, actor=actor, at=at)
    try:
        with transaction.atomic():
            _run(simulation, actor, at)
    except DomainError as failure:
        change_state(
            simulation, SIMULATION, SimulationState.FAILED, actor=actor, at=at, failure=failure.message,
            finished_at=at, carried={},
        )  # fmt: skip
        simulation.lines.all().delete()
    return simulation


@transaction.atomic
def cancel_simulation(*, simulation: Simulation, actor: Actor, at: datetime) -> Simulation:
    """Stop a simulation that waits or runs; what it had so far is dropped. Raises IllegalTransition."""
    locked = Simulation.objects.select_for_update().get(pk=simulation.pk)
    change_state(locked, SIMULATION, SimulationState.CANCELED, actor=actor, at=at, finished_at=at, carried={})
    locked.lines.all().delete()
    return locked


def _run(simulation: Simulation, actor: Actor, at: datetime) -> None:
    scope = scope_of(simulation)
    chunk = chunk_of(simulation, scope, size=CHUNK)
    world = world_of(simulation, scope, chunk)
    stepper = Stepper(simulation, scope, chunk, world, _periods(simulation.carried.get("periods", [])))
    stepper.run()
    SimulatedLine.objects.bulk_create(stepper.made, batch_size=AT_ONCE)
    columns = ["booked_minor", "simulated_minor", "explanation", "carried"]
    SimulatedLine.objects.bulk_update(stepper.changed.values(), columns, batch_size=AT_ONCE)
    simulation.after_key, simulation.seen_at = chunk.after_key, chunk.seen_at
    simulation.rows_done += chunk.rows
    simulation.step += 1
    if chunk.is_last:
        finish(simulation, scope, stepper.periods)
        change_state(
            simulation, SIMULATION, SimulationState.DONE, actor=actor, at=at, finished_at=at, carried={},
            rows_total=simulation.rows_done, expires_at=at + timedelta(days=settings.SIMULATIONS_KEPT_DAYS),
        )  # fmt: skip
        publish(SimulationFinished(at=at, simulation_ref=simulation.public_id))
    else:
        simulation.carried = carried_by(world, [[*key, kept] for key, kept in stepper.periods.items()])
        publish(SimulationAdvanced(at=at, simulation_ref=simulation.public_id, step=simulation.step))
    simulation.save(update_fields=["after_key", "seen_at", "rows_done", "step", "carried"])


def _periods(told: list[list[Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(key): kept for *key, kept in told}
