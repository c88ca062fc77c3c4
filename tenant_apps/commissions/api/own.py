"""A partner's own commissions: of the sale only the order and what was sold, as in the portal; nothing of others."""

from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Listing, Pages, Ref, actor_in, found, partner_door
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.policies import may_see_own_commissions
from tenant_apps.commissions.queries import OwnLine, commissions_of_partner, own_lines
from tenant_apps.commissions.schemas import OwnCommissionOut, OwnExplainedOut
from tenant_apps.commissions.states import CommissionState

router = Router(tags=["partner"])


@router.get("/partner/commissions", response=list[OwnCommissionOut])
@partner_door(may_see_own_commissions)
@paginate(Pages)
def commissions(request: HttpRequest, state: CommissionState | None = None) -> Listing[Commission, OwnLine]:
    """List your commission lines, newest first: earnings, and the reversals and clawbacks that point at them."""
    lines = commissions_of_partner(actor_in(request).id)
    return Listing(lines.filter(state=state) if state else lines, own_lines)


@router.get("/partner/commissions/{commission}", response=OwnExplainedOut)
@partner_door(may_see_own_commissions)
def commission(request: HttpRequest, commission: Ref) -> OwnLine:
    """Show one line with the steps from its base to its amount."""
    [told] = own_lines([found(commissions_of_partner(actor_in(request).id).filter(public_id=commission).first())])
    return told
