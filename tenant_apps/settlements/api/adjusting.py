from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.settlements import actions, queries
from tenant_apps.settlements.models import Adjustment
from tenant_apps.settlements.policies import may_approve_settlements, may_close_periods, may_see_settlements
from tenant_apps.settlements.queries import PossibleSetOff
from tenant_apps.settlements.schemas import (
    AdjustmentIn,
    AdjustmentOut,
    PossibleSetOffOut,
    ReasonIn,
    SetOffIn,
    WriteOffIn,
)

router = Router(tags=["settlements"])


@router.get("/adjustments", response=list[AdjustmentOut])
@door(may_see_settlements)
@paginate(Pages)
def adjustments(request: HttpRequest, partner: Ref | None = None) -> QuerySet[Adjustment]:  # noqa: ARG001
    """List adjustments, the latest first; of one partner where asked."""
    every = queries.adjustments()
    return every.filter(partner_ref=partner) if partner else every


@router.post("/adjustments", response=AdjustmentOut)
@door(may_close_periods)
def propose(request: HttpRequest, told: AdjustmentIn) -> Adjustment:
    """Propose an amount that no line explains; a second person decides."""
    return actions.propose_adjustment(
        partner_ref=told.partner, currency=told.currency, amount_minor=told.amount_minor, reason=told.reason,
        actor=actor_in(request), at=now(),
    )  # fmt: skip


@router.post("/write-offs", response=AdjustmentOut)
@door(may_close_periods)
def propose_write_off(request: HttpRequest, told: WriteOffIn) -> Adjustment:
    """Propose to give up the debt of a partner who has left; a second person decides."""
    return actions.propose_write_off(
        partner_ref=told.partner, currency=told.currency, amount_minor=told.amount_minor, reason=told.reason,
        actor=actor_in(request), at=now(),
    )  # fmt: skip


@router.get("/set-offs", response=list[PossibleSetOffOut])
@door(may_close_periods)
@paginate(Pages)
def possible_set_offs(request: HttpRequest) -> list[PossibleSetOff]:  # noqa: ARG001
    """List the debts at other brands of the legal entity that may be set off here now, by partner."""
    return queries.possible_set_offs()


@router.post("/set-offs", response=AdjustmentOut)
@door(may_close_periods)
def propose_set_off(request: HttpRequest, told: SetOffIn) -> Adjustment:
    """Propose to pay a partner less by its debt at another brand; finance of that brand approves it there."""
    return actions.propose_set_off(
        partner_ref=told.partner, brand_ref=told.brand, currency=told.currency, amount_minor=told.amount_minor,
        reason=told.reason, actor=actor_in(request), at=now(),
    )  # fmt: skip


@router.post("/adjustments/{adjustment}/approve", response=AdjustmentOut)
@door(may_approve_settlements)
def approve(request: HttpRequest, adjustment: Ref) -> Adjustment:
    """Approve it as the second person: it is booked, and stands in the settlement of the period of now."""
    proposed = found(queries.adjustment_by_ref(adjustment))
    return actions.approve_adjustment(adjustment=proposed, actor=actor_in(request), at=now())


@router.post("/adjustments/{adjustment}/decline", response=AdjustmentOut)
@door(may_approve_settlements)
def decline(request: HttpRequest, adjustment: Ref, told: ReasonIn) -> Adjustment:
    """Decline it, or take one's own back: nothing is booked."""
    proposed = found(queries.adjustment_by_ref(adjustment))
    return actions.decline_adjustment(adjustment=proposed, reason=told.reason, actor=actor_in(request), at=now())
