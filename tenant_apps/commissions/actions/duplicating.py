"""What a suspected duplicate earns waits for a person; a confirmed one is decided again, which takes it back."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from kernel.actor import Actor
from kernel.sentences import sentence
from tenant_apps.attribution.queries import open_suspicions_of
from tenant_apps.commissions.actions.deciding import hold_commission, release_commission
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.errors import OrderNotAttributed
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import earnings_are_written, earnings_of_order
from tenant_apps.commissions.states import CommissionState, HoldReason

WAITING = (CommissionState.PENDING, CommissionState.CONFIRMED)


@transaction.atomic
def hold_duplicate(*, order_ref: str, at: datetime, actor: Actor = ENGINE) -> None:
    """Hold what an order earned while it is suspected to be another's duplicate; nothing once that is decided.

    Raises OrderNotAttributed while the commissions are still to be written.
    """
    if not open_suspicions_of(order_ref).exists():
        return
    for line in _standing(order_ref):
        if line.state in WAITING:
            hold_commission(
                commission=line, reason="duplicate suspected", held_for=HoldReason.DUPLICATE, actor=actor, at=at
            )


@transaction.atomic
def release_duplicate(*, order_ref: str, at: datetime, actor: Actor = ENGINE) -> None:
    """Let go on what was held for a dismissed suspicion, unless another is open. Raises as hold_duplicate."""
    if open_suspicions_of(order_ref).exists():
        return
    for line in _standing(order_ref):
        if line.state == CommissionState.HOLD and line.held_for == HoldReason.DUPLICATE:
            release_commission(commission=line, reason=sentence("It is no duplicate."), actor=actor, at=at)


def _standing(order_ref: str) -> QuerySet[Commission]:
    """Return the order's earnings that move on their own; what is derived from them follows."""
    if not earnings_are_written(order_ref):
        raise OrderNotAttributed(
            sentence("The commissions of %(order_ref)s are not written yet.", order_ref=order_ref), order=order_ref
        )
    return earnings_of_order(order_ref).filter(moves_with=None, derived_from=None, voided_by="")
