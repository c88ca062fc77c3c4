from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from itertools import groupby

from django.db import transaction
from django.db.models import Q, Sum

from kernel.actor import Actor
from kernel.money import Money
from kernel.rates import round_half_away
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions.booking import book_canceled, book_frozen, book_matured
from tenant_apps.commissions.actions.grouping import lock_accrual, locked_groups
from tenant_apps.commissions.actions.reversing import bring_to_due
from tenant_apps.commissions.errors import NotAFraction
from tenant_apps.commissions.events import CommissionCanceled, CommissionHeld, CommissionReleased
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import frozen_parts
from tenant_apps.commissions.rules import Step
from tenant_apps.commissions.states import COMMISSION, CommissionState, HoldReason, Kind, Reason


class Outcome(StrEnum):
    """How a dispute of credit ended for the share that was frozen: the claim was `rejected` or `accepted`."""

    REJECTED = "rejected"
    ACCEPTED = "accepted"


@transaction.atomic
def freeze_share(
    *, order_ref: str, enrollment_id: int, fraction: Fraction, cause_ref: str, actor: Actor, at: datetime
) -> list[Commission]:
    """Put the disputed part of what an enrollment earned of an order on hold; return the held lines.

    Of each earning that is in no settlement yet, `fraction` (0 < f ≤ 1, of the earning) is split off by a pair
    of adjustments: −x moves with the earning, +x is held for the dispute. Both follow refunds as the
    earning does, so the three together are always what it would be alone. Money that was payable goes
    back to pending until it is decided; what is settled or paid stays untouched. `cause_ref` names the
    claim: a second call with it changes nothing. Parts of several claims never exceed the earning.
    Raises NotAFraction.
    """
    if not 0 < fraction <= 1:
        raise NotAFraction("The disputed part is more than 0 and at most 1.", field="fraction")
    lock_accrual(order_ref)
    frozen = list(frozen_parts(cause_ref).filter(order_ref=order_ref, enrollment_id=enrollment_id, voided_by=""))
    earnings = Commission.objects.filter(
        order_ref=order_ref, enrollment_id=enrollment_id, kind=Kind.EARNING, voided_by="", settlement_line=None
    ).exclude(state__in=[CommissionState.PAID, CommissionState.CANCELED, CommissionState.REFUNDED])
    earnings = earnings.exclude(pk__in=[part.derived_from_id for part in frozen])
    held = []
    for group in locked_groups(earnings.values_list("pk", flat=True)):
        part = _split_off(group[0], fraction, cause_ref, actor, at)
        held += [part] if part else []
    # What came back to the customer before is taken back of the parts, too.
    groups = locked_groups([part.pk for part in held] + [part.derived_from_id or 0 for part in held])
    bring_to_due(groups=groups, order_ref=order_ref, cause_ref=cause_ref, reason=Reason.REFUND, at=at, actor=actor)
    return frozen + held


@transaction.atomic
def unfreeze(*, cause_ref: str, outcome: Outcome, actor: Actor, at: datetime) -> list[Commission]:
    """End what a claim froze; return the lines that changed. A second call changes nothing.

    `rejected`: each part goes on where its earning is by now: with it before it is payable, else payable. `accepted`:
    it is canceled, and the decision that follows writes what others earn.
    """
    changed = []
    parts = list(frozen_parts(cause_ref).filter(held_for=HoldReason.DISPUTED).order_by("order_ref", "pk"))
    for order_ref, found in groupby(parts, key=lambda part: part.order_ref):
        lock_accrual(order_ref)
        keys = {key for part in found for key in (part.pk, part.derived_from_id or 0)}
        groups = {group[0].pk: group for group in locked_groups(keys)}
        for group in groups.values():
            part = group[0]
            if part.cause_ref != cause_ref or part.held_for != HoldReason.DISPUTED:
                continue
            earning = groups[part.derived_from_id or 0][0]
            if outcome is Outcome.ACCEPTED or part.state == CommissionState.CANCELED:
                _cancel(group, cause_ref, actor, at)
            else:
                _rejoin(group, earning, cause_ref, actor, at)
            changed.append(part)
    return changed


def _split_off(
    earning: Commission, fraction: Fraction, cause_ref: str, actor: Actor, at: datetime
) -> Commission | None:
    """Write the pair for one locked earning; None where nothing is left to split off."""
    parts = earning.derived.filter(kind=Kind.ADJUSTMENT, amount_minor__gt=0)
    gone = parts.filter(Q(held_for=HoldReason.DISPUTED) | Q(state=CommissionState.CANCELED))
    left = earning.amount_minor - int(gone.aggregate(total=Sum("amount_minor", default=0))["total"])
    amount = min(left, round_half_away(earning.amount_minor * fraction))
    if amount <= 0:
        return None
    _adjustment(
        earning, -amount, fraction, cause_ref, state=earning.state, moves_with=earning, held_for=earning.held_for
    )
    part = _adjustment(earning, amount, fraction, cause_ref, state=CommissionState.HOLD, held_for=HoldReason.DISPUTED)
    if earning.state == CommissionState.PAYABLE:
        book_frozen(part, at)
    record(
        actor=actor, verb="commission.frozen", subject=earning, at=at, reason=cause_ref,
        after={"part": part.public_id, "amount_minor": amount},
    )  # fmt: skip
    publish(CommissionHeld(at=at, partner_ref=part.partner_ref, commission_ref=part.public_id))
    return part


def _adjustment(
    earning: Commission, amount_minor: int, fraction: Fraction, cause_ref: str, **values: object
) -> Commission:
    told = [
        Step("split_off", {"line": earning.public_id}),
        Step("commission", {"amount": str(Money(earning.amount_minor, earning.currency))}),
        Step("disputed_part", {"amount": str(Money(amount_minor, earning.currency))}),
    ]
    is_held = values["state"] == CommissionState.HOLD and amount_minor > 0
    return Commission.objects.create(
        kind=Kind.ADJUSTMENT, enrollment_id=earning.enrollment_id, partner_ref=earning.partner_ref,
        order_ref=earning.order_ref, line_ref=earning.line_ref, attribution_ref=earning.attribution_ref,
        contract_version_id=earning.contract_version_id, rule=earning.rule, reason=Reason.DISPUTED,
        share=earning.share, base_minor=earning.base_minor, amount_minor=amount_minor, currency=earning.currency,
        sale_currency=earning.sale_currency, exchange_rate=earning.exchange_rate,
        explanation=[step.as_dict() for step in told],
        inputs={"fraction": str(fraction)},
        derived_from=earning, cause_ref=cause_ref, accrued_at=earning.accrued_at, matures_at=earning.matures_at,
        confirmed_at=earning.confirmed_at, payable_at=None if is_held else earning.payable_at, **values,
    )  # fmt: skip


def _cancel(group: list[Commission], cause_ref: str, actor: Actor, at: datetime) -> None:
    """Take a part off the books; one that was refunded meanwhile, or canceled with its earning, is off already."""
    part, was_held = group[0], group[0].state == CommissionState.HOLD
    for line in group:
        if was_held:
            change_state(line, COMMISSION, CommissionState.CANCELED, actor=actor, at=at, reason=cause_ref)
            book_canceled(line, at)
    Commission.objects.filter(pk__in=[line.pk for line in group]).update(held_for="")
    publish(CommissionCanceled(at=at, partner_ref=part.partner_ref, commission_ref=part.public_id))


def _rejoin(group: list[Commission], earning: Commission, cause_ref: str, actor: Actor, at: datetime) -> None:
    """Let a part go on where its earning is: in its group before that is payable, else payable on its own."""
    part, state = group[0], CommissionState(earning.state)
    if state.was_payable and part.state == CommissionState.HOLD:
        is_settled = hasattr(earning, "settlement_line") or state == CommissionState.PAID
        since = at if is_settled or earning.payable_at is None else earning.payable_at
        for line in group:
            change_state(
                line, COMMISSION, CommissionState.PAYABLE, actor=actor, at=at, reason=cause_ref, payable_at=since,
                confirmed_at=earning.confirmed_at, held_for="",
            )  # fmt: skip
        book_matured(group, at)
    elif not state.was_payable and not part.voided_by:
        for line in group:
            if line.state != state:
                change_state(line, COMMISSION, state, actor=actor, at=at, reason=cause_ref)
        Commission.objects.filter(pk__in=[line.pk for line in group]).update(
            moves_with=earning, held_for=earning.held_for, confirmed_at=earning.confirmed_at
        )
    else:
        Commission.objects.filter(pk__in=[line.pk for line in group]).update(held_for="")
    publish(CommissionReleased(at=at, partner_ref=part.partner_ref, commission_ref=part.public_id))
