from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Path, Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.settlements import actions, queries
from tenant_apps.settlements.models import Period
from tenant_apps.settlements.policies import may_approve_settlements, may_close_periods, may_see_settlements
from tenant_apps.settlements.queries import OpenPeriod
from tenant_apps.settlements.schemas import ApprovedOut, OpenPeriodOut, PeriodOut

router = Router(tags=["settlements"])
Label = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="A month such as 2026-05.")]


@router.get("/periods", response=list[PeriodOut])
@door(may_see_settlements)
@paginate(Pages)
def periods(request: HttpRequest) -> QuerySet[Period]:  # noqa: ARG001
    """List the closed months, the latest first."""
    return queries.closed_periods()


@router.get("/periods/open", response=list[OpenPeriodOut])
@door(may_see_settlements)
def open_periods(request: HttpRequest) -> list[OpenPeriod]:  # noqa: ARG001
    """List the months that have ended and can be closed, the earliest first."""
    return queries.open_periods(now())


@router.post("/periods/{label}/close", response=PeriodOut)
@door(may_close_periods)
def close(request: HttpRequest, label: Label) -> Period:
    """Close a month: draw up one settlement per partner and currency. Closing again changes nothing."""
    return actions.close_period(label=label, actor=actor_in(request), at=now())


@router.post("/periods/{label}/approve", response=ApprovedOut)
@door(may_approve_settlements)
def approve(request: HttpRequest, label: Label) -> dict[str, int]:
    """Approve every draft of a month, all or none, as the second person."""
    period = found(queries.period_by_label(label))
    return {"approved": actions.approve_period(period=period, actor=actor_in(request), at=now())}
