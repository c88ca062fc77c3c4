from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import Payout
from tenant_apps.settlements.policies import may_pay_out, may_see_settlements
from tenant_apps.settlements.queries import payout_by_ref
from tenant_apps.settlements.queries import payouts as all_payouts
from tenant_apps.settlements.schemas import ConfirmPayoutIn, FailIn, PayoutOut

router = Router(tags=["settlements"])


@router.get("/payouts", response=list[PayoutOut])
@door(may_see_settlements)
@paginate(Pages)
def payouts(request: HttpRequest) -> QuerySet[Payout]:  # noqa: ARG001
    """List payouts, the latest first."""
    return all_payouts()


@router.get("/payouts/{payout}", response=PayoutOut)
@door(may_see_settlements)
def payout_of(request: HttpRequest, payout: Ref) -> Payout:  # noqa: ARG001
    """Show one payout."""
    return found(payout_by_ref(payout))


@router.post("/payouts/{payout}/confirm", response=PayoutOut)
@door(may_pay_out)
def confirm(request: HttpRequest, payout: Ref, told: ConfirmPayoutIn) -> Payout:
    """Record that an attempt of a payout arrived; its lines are paid. The same reference again changes nothing."""
    sent = found(payout_by_ref(payout))
    actions.confirm_payout(
        payout=sent, reference=told.reference, attempt=told.attempt, actor=actor_in(request), at=now()
    )
    return found(payout_by_ref(payout))


@router.post("/payouts/{payout}/fail", response=PayoutOut)
@door(may_pay_out)
def fail(request: HttpRequest, payout: Ref, told: FailIn) -> Payout:
    """Record that an attempt of a payout came back; it can be sent again."""
    sent = found(payout_by_ref(payout))
    actions.fail_payout(payout=sent, reason=told.reason, attempt=told.attempt, actor=actor_in(request), at=now())
    return found(payout_by_ref(payout))
