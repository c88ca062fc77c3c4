from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from kernel.actor import Actor
from kernel.errors import IllegalTransition
from shared_apps.audit.actions import change_state, change_states
from shared_apps.outbox.actions import publish, publish_all
from tenant_apps.commissions.actions.booking import book_matured
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.grouping import check_moves_alone, lock_accrual, locked_groups
from tenant_apps.commissions.events import CommissionConfirmed, CommissionsMatured, CommissionsPaid
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import COMMISSION, ORIGINALS, CommissionState


@transaction.atomic
def confirm(*, commission: Commission, actor: Actor, at: datetime) -> Commission:
    """Confirm that the sale was delivered: pending → confirmed, its reversals with it.

    Confirmed or further already: nothing happens. What is held is released first, with a reason.
    Raises NotAnEarning and IllegalTransition.
    """
    check_moves_alone(commission)
    [group] = locked_groups([commission.pk])
    was = CommissionState(group[0].state)
    if was == CommissionState.HOLD:
        raise IllegalTransition(lifecycle=COMMISSION.name, current=was, target=CommissionState.CONFIRMED)
    if was not in (CommissionState.CONFIRMED, CommissionState.PAYABLE, CommissionState.PAID):
        _confirmed(group, actor, at)
    return group[0]


@transaction.atomic
def confirm_order(*, order_ref: str, at: datetime, actor: Actor = ENGINE) -> list[Commission]:
    """Confirm the pending commissions of an order that was fulfilled; what is held stays held.

    Held ones are locked, too: one that is being released or put on hold right now is looked at after that.
    Lines that are not written yet are confirmed by their accrual. The two exclude each other by the
    order's lock, so that neither leaves it to the other.
    """
    lock_accrual(order_ref)
    waiting = Commission.objects.filter(
        order_ref=order_ref, kind__in=ORIGINALS, moves_with=None,
        state__in=[CommissionState.PENDING, CommissionState.HOLD],
    )  # fmt: skip
    groups = locked_groups(waiting.values_list("pk", flat=True))
    return [_confirmed(group, actor, at) for group in groups if group[0].state == CommissionState.PENDING]


@transaction.atomic
def mature_due(*, at: datetime, limit: int = 500, actor: Actor = ENGINE) -> int:
    """Make confirmed commissions payable whose hold is over at `at`; return how many earnings were looked at.

    A line is payable from the end of its hold, or from its confirmation when that came later: this is
    the time that decides its period, not the time this ran. Reversals go with their original, so a
    settlement never sees one without the other. All of them take a few statements, and one event per
    partner. Call until it returns 0: those that another writer took meanwhile count, too, for behind
    them more may wait.
    """
    due = Commission.objects.filter(
        kind__in=ORIGINALS, moves_with=None, state=CommissionState.CONFIRMED, matures_at__lte=at
    )
    keys = list(due.order_by("matures_at", "pk").values_list("pk", flat=True)[:limit])
    # One that another writer took while we waited has matured or was refunded.
    groups = [group for group in locked_groups(keys) if group[0].state == CommissionState.CONFIRMED]
    lines = [line for group in groups for line in group]
    change_states(
        lines, COMMISSION, CommissionState.PAYABLE, actor=actor, at=at,
        payable_at=Greatest(F("matures_at"), F("confirmed_at")),
    )  # fmt: skip
    for line in lines:
        line.payable_at = max(line.matures_at, line.confirmed_at or line.matures_at)
    book_matured(lines, at)
    publish_all([CommissionsMatured(at=at, partner_ref=ref, lines=many) for ref, many in _by_partner(lines)])
    return len(keys)


@transaction.atomic
def mark_paid(*, commissions: Iterable[Commission], at: datetime, actor: Actor = ENGINE) -> list[Commission]:
    """Mark the lines of a settlement as paid: earnings, reversals and clawbacks alike; return those that changed.

    In a few statements however many, with one event per partner. The ledger is told by the payout. Paid
    before: nothing happens. Raises IllegalTransition when a line is not payable, and then marks none.
    """
    keys = [line.pk for line in commissions]
    lines = Commission.objects.select_for_update().filter(pk__in=keys).defer("explanation", "inputs").order_by("pk")
    paid = [line for line in lines if line.state != CommissionState.PAID]
    change_states(paid, COMMISSION, CommissionState.PAID, actor=actor, at=at, paid_at=at)
    publish_all([CommissionsPaid(at=at, partner_ref=ref, lines=many) for ref, many in _by_partner(paid)])
    return paid


def _by_partner(lines: list[Commission]) -> list[tuple[str, int]]:
    return sorted(Counter(line.partner_ref for line in lines).items())


def _confirmed(group: list[Commission], actor: Actor, at: datetime) -> Commission:
    for line in group:
        change_state(line, COMMISSION, CommissionState.CONFIRMED, actor=actor, at=at, confirmed_at=at)
        publish(CommissionConfirmed(at=at, partner_ref=line.partner_ref, commission_ref=line.public_id))
    return group[0]
