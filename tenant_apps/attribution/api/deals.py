from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import Deal
from tenant_apps.attribution.policies import may_decide_deals, may_see_attributions
from tenant_apps.attribution.queries import all_deals, deal_by_ref
from tenant_apps.attribution.schemas.deals import DealIn, DealOut, ExtendIn, ReasonIn
from tenant_apps.attribution.states import DealState
from tenant_apps.programs.queries import enrollment_by_ref

router = Router(tags=["registered deals"])


@router.get("/deals", response=list[DealOut])
@door(may_see_attributions)
@paginate(Pages)
def deals(request: HttpRequest, state: DealState | None = None, partner: Ref | None = None) -> QuerySet[Deal]:  # noqa: ARG001
    """List registered deals, the latest first: of one state, of one partner."""
    asked = {"state": state, "enrollment__partner_ref": partner}
    return all_deals().filter(**{name: value for name, value in asked.items() if value})


@router.post("/deals", response=DealOut)
@door(may_decide_deals)
def register(request: HttpRequest, payload: DealIn) -> Deal:
    """Register a prospect for a partner; one that is protected already is rejected at once, saying until when."""
    told = payload.model_dump(exclude={"enrollment"})
    deal = actions.register_deal(
        enrollment=found(enrollment_by_ref(payload.enrollment)), actor=actor_in(request), at=now(), **told
    )
    return found(deal_by_ref(deal.public_id))


@router.get("/deals/{deal}", response=DealOut)
@door(may_see_attributions)
def deal_of(request: HttpRequest, deal: Ref) -> Deal:  # noqa: ARG001
    """Show a registered deal with its clock."""
    return found(deal_by_ref(deal))


@router.post("/deals/{deal}/qualify", response=DealOut)
@door(may_decide_deals)
def qualify(request: HttpRequest, deal: Ref, payload: ReasonIn) -> Deal:
    """Accept a registration: the clock starts, and other registrations of the prospect are rejected."""
    actions.qualify_deal(deal=found(deal_by_ref(deal)), reason=payload.reason, actor=actor_in(request), at=now())
    return found(deal_by_ref(deal))


@router.post("/deals/{deal}/reject", response=DealOut)
@door(may_decide_deals)
def reject(request: HttpRequest, deal: Ref, payload: ReasonIn) -> Deal:
    """Refuse a registration with a reason that the partner reads."""
    actions.reject_deal(deal=found(deal_by_ref(deal)), reason=payload.reason, actor=actor_in(request), at=now())
    return found(deal_by_ref(deal))


@router.post("/deals/{deal}/extend", response=DealOut)
@door(may_decide_deals)
def extend(request: HttpRequest, deal: Ref, payload: ExtendIn) -> Deal:
    """Let the clock of a protected deal run some days longer."""
    actions.extend_deal(
        deal=found(deal_by_ref(deal)), days=payload.days, reason=payload.reason, actor=actor_in(request), at=now()
    )
    return found(deal_by_ref(deal))


@router.post("/deals/{deal}/withdraw", response=DealOut)
@door(may_decide_deals)
def withdraw(request: HttpRequest, deal: Ref, payload: ReasonIn) -> Deal:
    """Take a registration back for its partner: from now on it protects nobody."""
    actions.withdraw_deal(deal=found(deal_by_ref(deal)), reason=payload.reason, actor=actor_in(request), at=now())
    return found(deal_by_ref(deal))
