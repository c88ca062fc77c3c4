from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from shared_apps.audit.actions import change_states
from tenant_apps.reports.actions.simulating.advancing import SIMULATOR
from tenant_apps.reports.models import SimulatedLine, SimulatedTotal, Simulation
from tenant_apps.reports.states import SIMULATION, SimulationState

AT_ONCE, LINES_AT_ONCE = 100, 10_000


@transaction.atomic
def expire_simulations(*, at: datetime, actor: Actor = SIMULATOR) -> int:
    """Drop results whose time is over; return how many simulations and lines it was, 0 when nothing is left to drop.

    The simulation stays as the record of who asked for what. It is expired before its lines go, so nobody reads half
    a result; each call is one short transaction, however large a result is.
    """
    due = Simulation.objects.select_for_update(skip_locked=True).filter(state=SimulationState.DONE, expires_at__lte=at)
    expired = list(due.order_by("pk")[:AT_ONCE])
    change_states(expired, SIMULATION, SimulationState.EXPIRED, actor=actor, at=at)
    SimulatedTotal.objects.filter(simulation__in=expired).delete()
    over = SimulatedLine.objects.filter(simulation__state=SimulationState.EXPIRED).order_by("pk")
    dropped, _ = SimulatedLine.objects.filter(pk__in=over.values("pk")[:LINES_AT_ONCE]).delete()
    return len(expired) + dropped
