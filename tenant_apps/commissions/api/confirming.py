from django.http import HttpRequest
from ninja import Router

from shared_apps.accounts.doors import Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.commissions import actions
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.policies import may_confirm_commission, may_see_commissions
from tenant_apps.commissions.queries import SelectionPreview, commission_by_ref, selection_preview
from tenant_apps.commissions.schemas import CommissionOut, ConfirmIn, SelectionIn, SelectionOut

router = Router(tags=["commissions"])


@router.post("/commissions/confirmations/preview", response=SelectionOut)
@door(may_see_commissions)
def preview(request: HttpRequest, payload: SelectionIn) -> SelectionPreview:  # noqa: ARG001
    """Count and sum, per partner and currency, what a confirmation in bulk would take; writes nothing."""
    return selection_preview(payload.selection())


@router.post("/commissions/confirmations", response=SelectionOut)
@door(may_confirm_commission)
def confirm_all(request: HttpRequest, payload: ConfirmIn) -> SelectionPreview:
    """Confirm exactly what was previewed: all of it, or nothing when anything of it has changed."""
    return actions.confirm_selected(
        selection=payload.selection(), digest=payload.digest, reason=payload.reason, actor=actor_in(request), at=now()
    )


@router.post("/commissions/{commission}/confirm", response=CommissionOut)
@door(may_confirm_commission)
def confirm(request: HttpRequest, commission: Ref) -> Commission:
    """Confirm one pending commission; one that is confirmed or further stays as it is."""
    line = found(commission_by_ref(commission))
    actions.confirm(commission=line, actor=actor_in(request), at=now())
    return found(commission_by_ref(commission))
