from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.settlements import actions, queries
from tenant_apps.settlements.models import Payout, Settlement, SettlementLine
from tenant_apps.settlements.policies import may_approve_settlements, may_pay_out, may_see_settlements
from tenant_apps.settlements.rules.calendar import LABEL
from tenant_apps.settlements.schemas import LineOut, PayoutOut, SettlementOut
from tenant_apps.settlements.states import SettlementState

router = Router(tags=["settlements"])
Label = Annotated[str | None, Query(pattern=f"^{LABEL}$")]


@router.get("/settlements", response=list[SettlementOut])
@door(may_see_settlements)
@paginate(Pages)
def settlements(
    request: HttpRequest,  # noqa: ARG001
    period: Label = None,
    partner: Ref | None = None,
    state: SettlementState | None = None,
) -> QuerySet[Settlement]:
    """List settlements, the latest period first; of one period, partner or state where asked."""
    asked = {"period__label": period, "partner_ref": partner, "state": state}
    return queries.settlements().filter(**{name: value for name, value in asked.items() if value is not None})


@router.get("/settlements/{settlement}", response=SettlementOut)
@door(may_see_settlements)
def settlement_of(request: HttpRequest, settlement: Ref) -> Settlement:  # noqa: ARG001
    """Show one settlement."""
    return found(queries.settlement_by_ref(settlement))


@router.get("/settlements/{settlement}/lines", response=list[LineOut])
@door(may_see_settlements)
@paginate(Pages)
def lines(request: HttpRequest, settlement: Ref) -> QuerySet[SettlementLine]:  # noqa: ARG001
    """List the commissions that stand in a settlement, in the order of its statement."""
    return queries.lines_of(found(queries.settlement_by_ref(settlement)))


@router.post("/settlements/{settlement}/approve", response=SettlementOut)
@door(may_approve_settlements)
def approve(request: HttpRequest, settlement: Ref) -> Settlement:
    """Approve a draft as the second person; its statement is issued in the background."""
    draft = found(queries.settlement_by_ref(settlement))
    actions.approve(settlement=draft, actor=actor_in(request), at=now())
    return found(queries.settlement_by_ref(settlement))


@router.post("/settlements/{settlement}/payout", response=PayoutOut)
@door(may_pay_out)
def pay_out(request: HttpRequest, settlement: Ref) -> Payout:
    """Send an issued statement's payout on its way, or one that failed again."""
    issued = found(queries.settlement_by_ref(settlement))
    return actions.request_payout(settlement=issued, actor=actor_in(request), at=now())
