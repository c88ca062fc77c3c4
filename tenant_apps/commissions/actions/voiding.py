"""Taking a line back for good: a decision gave the sale to others, or what it is paid on was canceled."""

from collections.abc import Iterable
from datetime import datetime

from kernel.actor import Actor
from kernel.money import Money
from shared_apps.audit.actions import change_state, record
from tenant_apps.commissions.actions.following import write_follower
from tenant_apps.commissions.actions.grouping import locked_groups
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import reversed_minor
from tenant_apps.commissions.rules import Step
from tenant_apps.commissions.states import COMMISSION, CommissionState, Kind, Reason


def void(
    *, groups: Iterable[list[Commission]], by: str, reason: Reason, actor: Actor, at: datetime
) -> list[Commission]:
    """Take back what is left of locked groups, and of every line derived from them; return the new lines.

    What was not payable yet is reversed and ends as refunded, what was is clawed back. `by` names the
    decision or the line behind it. Voided lines follow no money any more. Once per line.
    """
    written: list[Commission] = []
    for group in groups:
        head = group[0]
        if head.voided_by or head.state == CommissionState.CANCELED:
            continue
        written += _taken_back(group, by, reason, actor, at)
        derived = Commission.objects.filter(derived_from__in=group, moves_with=None).values_list("pk", flat=True)
        written += void(groups=locked_groups(derived), by=by, reason=reason, actor=actor, at=at)
    return written


def _taken_back(group: list[Commission], by: str, reason: Reason, actor: Actor, at: datetime) -> list[Commission]:
    head, state = group[0], CommissionState(group[0].state)
    written = []
    for line in [line for line in group if Kind(line.kind).is_original]:
        taken = reversed_minor(line)
        left = line.amount_minor - taken
        if not left:
            continue
        taking = Kind.CLAWBACK if state.was_payable else Kind.REVERSAL
        steps = [
            Step("commission", {"amount": str(Money(line.amount_minor, line.currency))}),
            Step("taken_before", {"amount": str(Money(taken, line.currency))}),
        ]
        written.append(
            write_follower(
                original=line, head=head, kind=taking if left > 0 else Kind.REINSTATEMENT, amount_minor=-left,
                cause_ref=by, reason=reason, explanation=steps, at=at,
            )
        )  # fmt: skip
    keys = [line.pk for line in group]
    Commission.objects.filter(pk__in=keys).update(voided_by=by)
    record(actor=actor, verb="commission.voided", subject=head, at=at, after={"voided_by": by}, reason=str(reason))
    for line in group:
        line.voided_by = by
    if state.is_before_payable:
        for member in (*group, *written):
            change_state(member, COMMISSION, CommissionState.REFUNDED, actor=actor, at=at, reason=by)
    return written
