from datetime import datetime
from typing import Any

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions.booking import book_canceled
from tenant_apps.commissions.actions.grouping import check_moves_alone, locked_groups
from tenant_apps.commissions.actions.voiding import void
from tenant_apps.commissions.errors import HeldByDispute, ReasonMissing
from tenant_apps.commissions.events import CommissionCanceled, CommissionHeld, CommissionReleased
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import COMMISSION, CommissionState, HoldReason, Reason
from tenant_apps.orders.queries import order_by_ref

_TOLD = {CommissionState.HOLD: CommissionHeld, CommissionState.CANCELED: CommissionCanceled}


@transaction.atomic
def hold_commission(
    *, commission: Commission, reason: str, actor: Actor, at: datetime, held_for: HoldReason = HoldReason.MANUAL
) -> Commission:
    """Hold a commission that is not payable yet: it stays in pending money and matures no further.

    Raises ReasonMissing, NotAnEarning and IllegalTransition.
    """
    return _moved(commission, CommissionState.HOLD, reason, actor, at, held_for=held_for)


@transaction.atomic
def release_commission(*, commission: Commission, reason: str, actor: Actor, at: datetime) -> Commission:
    """Let a held commission go on: confirmed when its order is fulfilled by now, else pending.

    Raises ReasonMissing, NotAnEarning, HeldByDispute and IllegalTransition.
    """
    _check_undisputed(commission)
    # The order is read under the lock that its confirmation takes: delivered before or after, never in between.
    earning = next((group[0] for group in locked_groups([commission.pk])), commission)
    order = order_by_ref(commission.order_ref)
    confirmed_at = earning.confirmed_at or (order.fulfilled_at if order else None)
    to = CommissionState.CONFIRMED if confirmed_at else CommissionState.PENDING
    return _moved(commission, to, reason, actor, at, confirmed_at=confirmed_at, held_for="")


@transaction.atomic
def cancel_commission(*, commission: Commission, reason: str, actor: Actor, at: datetime) -> Commission:
    """Cancel a commission before it is payable; the ledger turns round what was booked for it.

    What is paid on it goes with it: canceled as well, or clawed back where it was payable before.
    Raises ReasonMissing, NotAnEarning, HeldByDispute and IllegalTransition.
    """
    _check_undisputed(commission)
    return _canceled(commission, reason, actor, at)


def _canceled(commission: Commission, reason: str, actor: Actor, at: datetime) -> Commission:
    canceled = _moved(commission, CommissionState.CANCELED, reason, actor, at)
    derived = Commission.objects.filter(derived_from__in=[canceled, *canceled.companions.all()], moves_with=None)
    for group in locked_groups(derived.values_list("pk", flat=True)):
        line = group[0]
        if CommissionState(line.state).is_before_payable:
            _canceled(line, reason, actor, at)
        else:
            void(groups=[group], by=canceled.public_id, reason=Reason.SOURCE_CANCELED, actor=actor, at=at)
    return canceled


def _check_undisputed(commission: Commission) -> None:
    if commission.held_for == HoldReason.DISPUTED and commission.state == CommissionState.HOLD:
        raise HeldByDispute(
            sentence("%(public_id)s is held for a claim; decide that.", public_id=commission.public_id),
            commission=commission.public_id,
        )


def _moved(
    commission: Commission, to: CommissionState, reason: str, actor: Actor, at: datetime, **also: Any
) -> Commission:
    check_moves_alone(commission)
    if not reason.strip():
        raise ReasonMissing("Say why: the reason is kept with the commission.", field="reason")
    [group] = locked_groups([commission.pk])
    for line in group:
        change_state(line, COMMISSION, to, actor=actor, at=at, reason=reason.strip(), **also)
        if to == CommissionState.CANCELED:
            book_canceled(line, at)
    earning = group[0]
    told = _TOLD.get(to, CommissionReleased)
    publish(told(at=at, partner_ref=earning.partner_ref, commission_ref=earning.public_id))
    return earning
