from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.commissions import actions
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.policies import may_decide_held_commission, may_see_commissions
from tenant_apps.commissions.queries import all_commissions, commission_by_ref
from tenant_apps.commissions.schemas import CommissionOut, ReasonIn
from tenant_apps.commissions.states import CommissionState

router = Router(tags=["commissions"])


@router.get("/commissions", response=list[CommissionOut])
@door(may_see_commissions)
@paginate(Pages)
def commissions(
    request: HttpRequest,  # noqa: ARG001
    state: CommissionState | None = None,
    partner: Ref | None = None,
    order: Ref | None = None,
) -> QuerySet[Commission]:
    """List commission lines, newest first: of one state, one partner, one order."""
    wanted = {"state": state, "partner_ref": partner, "order_ref": order}
    return all_commissions().filter(**{name: value for name, value in wanted.items() if value})


@router.get("/commissions/{commission}", response=CommissionOut)
@door(may_see_commissions)
def commission(request: HttpRequest, commission: Ref) -> Commission:  # noqa: ARG001
    """Show one line with the steps that made it."""
    return found(commission_by_ref(commission))


@router.post("/commissions/{commission}/hold", response=CommissionOut)
@door(may_decide_held_commission)
def hold(request: HttpRequest, commission: Ref, payload: ReasonIn) -> Commission:
    """Hold a commission that is not payable yet."""
    line = found(commission_by_ref(commission))
    actions.hold_commission(commission=line, reason=payload.reason, actor=actor_in(request), at=now())
    return found(commission_by_ref(commission))


@router.post("/commissions/{commission}/release", response=CommissionOut)
@door(may_decide_held_commission)
def release(request: HttpRequest, commission: Ref, payload: ReasonIn) -> Commission:
    """Let a held commission go on."""
    line = found(commission_by_ref(commission))
    actions.release_commission(commission=line, reason=payload.reason, actor=actor_in(request), at=now())
    return found(commission_by_ref(commission))


@router.post("/commissions/{commission}/cancel", response=CommissionOut)
@door(may_decide_held_commission)
def cancel(request: HttpRequest, commission: Ref, payload: ReasonIn) -> Commission:
    """Cancel a commission before it is payable."""
    line = found(commission_by_ref(commission))
    actions.cancel_commission(commission=line, reason=payload.reason, actor=actor_in(request), at=now())
    return found(commission_by_ref(commission))
