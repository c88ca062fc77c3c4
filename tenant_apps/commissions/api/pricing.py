from django.http import HttpRequest
from ninja import Router

from shared_apps.accounts.doors import Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.commissions import actions
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.policies import may_price_again
from tenant_apps.commissions.queries import commission_by_ref
from tenant_apps.commissions.schemas import CommissionOut, HeldIn, PriceIn, PriceOneIn, PricingOut

router = Router(tags=["commissions"])


@router.post("/commissions/pricings/preview", response=PricingOut)
@door(may_price_again)
def preview(request: HttpRequest, payload: HeldIn) -> actions.Pricing:
    """Say, to the cent, what pricing held lines by the terms of their sales would write; writes nothing."""
    return actions.rehearse_pricing(selection=payload.selection(), actor=actor_in(request), at=now())


@router.post("/commissions/pricings", response=PricingOut)
@door(may_price_again)
def price_all(request: HttpRequest, payload: PriceIn) -> actions.Pricing:
    """Price exactly what was previewed: all of it, or nothing when anything of it has changed."""
    return actions.price_selected(
        selection=payload.selection(), digest=payload.digest, reason=payload.reason, actor=actor_in(request), at=now()
    )


@router.post("/commissions/{commission}/price-again", response=CommissionOut)
@door(may_price_again)
def price_again(request: HttpRequest, commission: Ref, payload: PriceOneIn) -> Commission:
    """Price one line that is held for want of a rule, contract, rate or fact; return the line in its place."""
    held = found(commission_by_ref(commission))
    line = actions.price_again(commission=held, reason=payload.reason, actor=actor_in(request), at=now())
    return found(commission_by_ref(line.public_id))
