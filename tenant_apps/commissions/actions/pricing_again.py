from datetime import datetime
from typing import Any

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.queries import attribution_of_order, shares
from tenant_apps.commissions.actions.accruing import write_accrued
from tenant_apps.commissions.actions.duplicating import hold_duplicate
from tenant_apps.commissions.actions.freezing import freeze_share
from tenant_apps.commissions.actions.grouping import lock_accrual, locked_groups
from tenant_apps.commissions.actions.pricing import line_priced_again
from tenant_apps.commissions.actions.reversing import bring_to_due
from tenant_apps.commissions.actions.trueing import true_up_sale
from tenant_apps.commissions.errors import NotWaitingForPrice, SecondPersonNeeded, StillWithoutPrice
from tenant_apps.commissions.events import CommissionPricedAgain
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import open_claims, priced_in_place_of, waiting_for_price
from tenant_apps.commissions.rules import Step, sentences_of
from tenant_apps.commissions.states import COMMISSION, WITHOUT_PRICE, CommissionState, Reason
from tenant_apps.orders.queries import order_by_ref
from tenant_apps.programs.queries import recorded_after


@transaction.atomic
def price_again(*, commission: Commission, actor: Actor, at: datetime, reason: str = "") -> Commission:
    """Price a line that is held at zero by the terms its sale has now; return the new line, the same one each time.

    The terms are those of the instant of the sale (pinned or floating, as ever), so only terms that hold at it
    heal the line: recorded since, beginning before it; or a rate of its day. The facts are those that were frozen
    with it. The held line stays, canceled, and names the new one. That is written and booked as of now (where the
    books are closed, in the open period, belonging to its own day), with levels, caps and whole periods, confirmed
    when the order is delivered. What came back to the customer meanwhile is taken back of it at once; claims and
    suspicions hold it as they hold the rest of the order. Raises NotWaitingForPrice, StillWithoutPrice, and
    SecondPersonNeeded where whoever asks has recorded these terms after the sale.
    """
    lock_accrual(commission.order_ref)
    return priced_under_lock(commission, actor, at, reason)


@transaction.atomic
def priced_under_lock(commission: Commission, actor: Actor, at: datetime, reason: str) -> Commission:
    """Do what `price_again` does for a caller that holds the order's lock. Raises as it does; writes nothing then."""
    done = priced_in_place_of(commission)
    if done is not None:
        return done
    groups = locked_groups(
        waiting_for_price(commission.order_ref).filter(pk=commission.pk).values_list("pk", flat=True)
    )
    if not groups:
        raise NotWaitingForPrice(
            sentence("%(public_id)s is not held for want of a price.", public_id=commission.public_id),
            commission=commission.public_id,
        )
    held = groups[0][0]
    # First off the counters: a line held for want of a fact counted in its rule's tiers, and must not count twice.
    for member in groups[0]:
        change_state(
            member,
            COMMISSION,
            CommissionState.CANCELED,
            actor=actor,
            at=at,
            reason=sentence("The line was priced again."),
        )
    line = _draft(held, actor, at)
    Commission.objects.filter(pk=held.pk).update(voided_by=line.public_id)
    _write(line, actor, at)
    record(
        actor=actor, verb="commission.priced_again", subject=line, at=at, reason=reason.strip(),
        after={"held": held.public_id, "held_for": held.reason, "contract": str(line.contract_version),
               "rule": line.rule, "amount_minor": line.amount_minor, "currency": line.currency},
    )  # fmt: skip
    line.refresh_from_db()
    return line


def _draft(held: Commission, actor: Actor, at: datetime) -> Commission:
    """Return the line in place of a held one, not saved yet, with what priced it late and why. Raises as above."""
    order, attribution = order_by_ref(held.order_ref), attribution_of_order(held.order_ref)
    assert order is not None  # noqa: S101  (a line was written for it)
    assert attribution is not None  # noqa: S101
    share = shares(attribution).filter(enrollment=held.enrollment_id).first()
    if share is None:
        raise NotWaitingForPrice(
            sentence("A later decision gives %(order_ref)s to others.", order_ref=held.order_ref),
            commission=held.public_id,
        )
    line = line_priced_again(attribution, share, order, held)
    version = line.contract_version
    if version is None or line.reason in WITHOUT_PRICE:
        priced_by = Step("by_contract", {"contract": str(version)}).as_dict()
        missing, what = sentences_of([priced_by, *line.explanation][-1])
        raise StillWithoutPrice(
            sentence(
                "%(missing)s: %(what)s. Terms that begin after the sale do not pay it.", missing=missing, what=what
            ),
            commission=held.public_id,
            reason=line.reason,
        )
    late = recorded_after(version, held.accrued_at)
    if late is not None and not actor.is_second_after(late.decided_by):
        raise SecondPersonNeeded(
            sentence(
                "%(person)s recorded %(contract)s after the sale; a second person prices the sale by it.",
                person=late.decided_by_label,
                contract=str(version),
            )
        )
    steps = [
        Step("held_without_price", {"line": held.public_id}), Step("priced_again", {"day": at.date().isoformat()}),
        Step("by_contract_recorded", {"contract": str(version), "day": late.decided_at.date().isoformat()})
        if late else Step("by_contract", {"contract": str(version)}),
    ]  # fmt: skip
    line.explanation = [*(step.as_dict() for step in steps), *line.explanation]
    line.cause_ref = held.public_id
    if held.held_for:
        line.state, line.held_for = CommissionState.HOLD, held.held_for
    return line


def _write(line: Commission, actor: Actor, at: datetime) -> None:
    """Write the line with all that follows it, as if it had been there when money came back and claims were made."""
    order = order_by_ref(line.order_ref)
    assert order is not None  # noqa: S101
    written = write_accrued([line], order, at, actor)
    named: dict[str, Any] = {"order_ref": line.order_ref, "actor": actor, "at": at}
    bring_to_due(
        groups=locked_groups(each.pk for each in written), cause_ref=line.public_id, reason=Reason.REFUND, **named
    )
    for enrollment_id, claim, fraction in open_claims(line.order_ref):
        freeze_share(enrollment_id=enrollment_id, fraction=fraction, cause_ref=claim, **named)
    hold_duplicate(**named)
    true_up_sale(line, cause_ref=line.public_id, at=at)
    publish(CommissionPricedAgain(at=at, order_ref=line.order_ref, commission_ref=line.public_id))
