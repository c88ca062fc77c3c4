from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Path, Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.settlements import actions, queries
from tenant_apps.settlements.models import CadenceChange, Period
from tenant_apps.settlements.policies import may_approve_settlements, may_close_periods, may_see_settlements
from tenant_apps.settlements.queries import OpenPeriod
from tenant_apps.settlements.rules.calendar import LABEL
from tenant_apps.settlements.schemas import ApprovedOut, CadenceIn, CadenceOut, OpenPeriodOut, PeriodOut

router = Router(tags=["settlements"])
Label = Annotated[str, Path(pattern=f"^{LABEL}$", description="A period such as 2026-05, 2026-05-H1 or 2026-W21.")]


@router.get("/periods", response=list[PeriodOut])
@door(may_see_settlements)
@paginate(Pages)
def periods(request: HttpRequest) -> QuerySet[Period]:  # noqa: ARG001
    """List the closed periods, the latest first."""
    return queries.closed_periods()


@router.get("/periods/open", response=list[OpenPeriodOut])
@door(may_see_settlements)
def open_periods(request: HttpRequest) -> list[OpenPeriod]:  # noqa: ARG001
    """List the periods that have ended and can be closed, the earliest first."""
    return queries.open_periods(now())


@router.get("/periods/cadence", response=list[CadenceOut])
@door(may_see_settlements)
@paginate(Pages)
def cadence(request: HttpRequest) -> QuerySet[CadenceChange]:  # noqa: ARG001
    """List the changes of the brand's cadence, the latest first; before the first one a period is a month."""
    return queries.cadence_changes()


@router.post("/periods/cadence", response=CadenceOut)
@door(may_close_periods)
def change_cadence(request: HttpRequest, told: CadenceIn) -> CadenceChange:
    """Close by month, half-month or week from a day on that begins a period and lies in none that is closed."""
    return actions.change_cadence(cadence=told.cadence, starts_on=told.starts_on, actor=actor_in(request), at=now())


@router.post("/periods/{label}/close", response=PeriodOut)
@door(may_close_periods)
def close(request: HttpRequest, label: Label) -> Period:
    """Close a period: draw up one settlement per partner and currency. Closing again changes nothing."""
    return actions.close_period(label=label, actor=actor_in(request), at=now())


@router.post("/periods/{label}/approve", response=ApprovedOut)
@door(may_approve_settlements)
def approve(request: HttpRequest, label: Label) -> dict[str, int]:
    """Approve every draft of a period, all or none, as the second person."""
    period = found(queries.period_by_label(label))
    return {"approved": actions.approve_period(period=period, actor=actor_in(request), at=now())}
