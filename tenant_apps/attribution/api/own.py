"""What a partner reads of decisions and registers as deals: its own, as in the portal."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Listing, Pages, Ref, actor_in, found, partner_door
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import Attribution, Deal
from tenant_apps.attribution.policies import may_register_own_deals, may_see_own_decisions
from tenant_apps.attribution.queries import (
    OwnDecision,
    attribution_by_ref,
    deals_of_partner,
    decisions_considering,
    own_decisions,
    own_enrollments,
)
from tenant_apps.attribution.schemas.deals import DealIn
from tenant_apps.attribution.schemas.own import OwnDealOut, OwnDecisionOut
from tenant_apps.programs.queries import enrollments_of_partner

router = Router(tags=["partner"])


@router.get("/partner/decisions", response=list[OwnDecisionOut])
@partner_door(may_see_own_decisions)
@paginate(Pages)
def decisions(request: HttpRequest) -> Listing[Attribution, OwnDecision]:
    """List the decisions in force that considered a touch of yours, won or lost, newest first."""
    own = own_enrollments(actor_in(request).id)
    return Listing(decisions_considering(own), lambda page: own_decisions(page, own))


@router.get("/partner/decisions/{decision}", response=OwnDecisionOut)
@partner_door(may_see_own_decisions)
def decision(request: HttpRequest, decision: Ref) -> OwnDecision:
    """Show how each touch of yours was judged; a decision that judged none of them does not exist here."""
    [told] = own_decisions([found(attribution_by_ref(decision))], own_enrollments(actor_in(request).id))
    return found(told if told.verdicts else None)


@router.get("/partner/deals", response=list[OwnDealOut])
@partner_door(may_register_own_deals)
@paginate(Pages)
def deals(request: HttpRequest) -> QuerySet[Deal]:
    """List what you registered, the latest first."""
    return deals_of_partner(actor_in(request).id)


@router.post("/partner/deals", response=OwnDealOut)
@partner_door(may_register_own_deals)
def register(request: HttpRequest, payload: DealIn) -> Deal:
    """Register a prospect; one that is protected already is rejected at once, saying until when."""
    deals = enrollments_of_partner(actor_in(request).id)
    deal = actions.register_deal(
        enrollment=found(deals.filter(public_id=payload.enrollment).first()), actor=actor_in(request), at=now(),
        **payload.model_dump(exclude={"enrollment"}),
    )  # fmt: skip
    return _own(request, deal.public_id)


@router.get("/partner/deals/{deal}", response=OwnDealOut)
@partner_door(may_register_own_deals)
def deal(request: HttpRequest, deal: Ref) -> Deal:
    """Show a deal you registered with its clock."""
    return _own(request, deal)


@router.post("/partner/deals/{deal}/withdraw", response=OwnDealOut)
@partner_door(may_register_own_deals)
def withdraw(request: HttpRequest, deal: Ref) -> Deal:
    """Take a registration back: from now on it protects nobody."""
    actions.withdraw_deal(deal=_own(request, deal), reason="", actor=actor_in(request), at=now())
    return _own(request, deal)


def _own(request: HttpRequest, deal: str) -> Deal:
    """Return the partner's own deal; another partner's is as unknown as one that is none."""
    return found(deals_of_partner(actor_in(request).id).filter(public_id=deal).first())
