from datetime import datetime
from fractions import Fraction

import structlog
from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.payload import Payload
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.actions import award
from tenant_apps.disputes.actions.freezing import CLERK, release
from tenant_apps.disputes.actions.hearing import locked
from tenant_apps.disputes.errors import CreditMoved, DeciderIsParty, DisputeClosed, NotYetHeard
from tenant_apps.disputes.events import CreditDisputeClosed
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.queries import credit_of, due_disputes
from tenant_apps.disputes.rules import automatic_outcome, outcome_of, parse_part, parse_terms, shares_after
from tenant_apps.disputes.states import DISPUTE, DisputeState, Outcome

log = structlog.get_logger()


@transaction.atomic
def decide_dispute(*, dispute: CreditDispute, granted: str, reason: str, actor: Actor, at: datetime) -> CreditDispute:
    """Decide a claim: the claimant has `granted` of the whole from now on; what it had, or less, rejects it.

    The share is given by a new decision of attribution, so commissions follow by new lines, also after
    payout. Of two at once one decides, the other is told. Raises InvalidInput naming the field,
    DeciderIsParty, NotYetHeard, DisputeClosed, and CreditMoved when the order was decided anew so that the
    grant no longer fits.
    """
    dispute = locked(dispute)
    if dispute.state == DisputeState.SUBMITTED:
        raise NotYetHeard("The claim is not opened up yet.")
    if dispute.state == DisputeState.OPENED:
        raise NotYetHeard("The counterparties are being told; decide in a moment.")
    if dispute.state != DisputeState.HEARING:
        raise DisputeClosed(sentence("The claim is %(state)s already.", state=dispute.state), state=dispute.state)
    if not actor.is_second_after(dispute.opened_by):
        raise DeciderIsParty("Whoever opened a claim cannot decide it; a second person does.")
    if not 0 < len(reason.strip()) <= 4_000:
        raise InvalidInput(field="reason", message="Say why, in 1 to 4000 characters: both sides read it.")
    part = part_granted(dispute, granted)
    outcome = outcome_of(part, had=Fraction(dispute.had), claimed=Fraction(dispute.claimed))
    return _closed(dispute, DisputeState.DECIDED, outcome, part, reason.strip(), actor, at)


def part_granted(dispute: CreditDispute, granted: str) -> Fraction:
    """Read what a decision gives, at most what was claimed. Raises InvalidInput naming `granted`."""
    part, claimed = parse_part(granted, field="granted"), Fraction(dispute.claimed)
    if part > claimed:
        raise InvalidInput(
            field="granted",
            message=sentence("must not be more than was claimed, %(claimed)s of the whole", claimed=claimed),
        )
    return part


@transaction.atomic
def withdraw_dispute(*, dispute: CreditDispute, reason: str, actor: Actor, at: datetime) -> CreditDispute:
    """Take a claim back; what it froze goes on. Raises DisputeClosed."""
    dispute = locked(dispute)
    if not DisputeState(dispute.state).is_open:
        raise DisputeClosed(sentence("The claim is %(state)s already.", state=dispute.state), state=dispute.state)
    release(dispute=dispute, accepted=False, actor=actor, at=at)
    return _ended(dispute, DisputeState.WITHDRAWN, reason.strip(), actor, at)


def close_due(*, at: datetime, limit: int = 100, actor: Actor = CLERK) -> int:
    """Let the clock decide claims whose deadline has passed; return how many were looked at.

    Each in its own transaction: one that cannot be closed is logged, tried again next time and stops no other.
    """
    due = list(due_disputes(at)[:limit])
    for dispute in due:
        try:
            with transaction.atomic():
                _expire(dispute, actor, at)
        except Exception:
            log.exception("dispute_not_closed", dispute=dispute.public_id)
    return len(due)


def _expire(dispute: CreditDispute, actor: Actor, at: datetime) -> None:
    dispute = locked(dispute)
    if dispute.state == DisputeState.SUBMITTED:
        _ended(dispute, DisputeState.EXPIRED, "", actor, at, outcome=Outcome.REJECTED, granted="0")
    if dispute.state != DisputeState.HEARING:
        return
    # A partner whose own other deal would lose is no other side: its silence says nothing.
    parties = list(dispute.parties.exclude(enrollment__partner_ref=dispute.claimant.partner_ref))
    outcome = automatic_outcome(
        terms=parse_terms(Payload(dispute.terms, "terms")),
        has_evidence=dispute.evidence.filter(enrollment=dispute.claimant).exists(), counterparties=len(parties),
        heard=sum(1 for party in parties if party.spoke_at),
    )  # fmt: skip
    part = Fraction(dispute.claimed) if outcome == Outcome.ACCEPTED else Fraction(dispute.had)
    try:
        with transaction.atomic():
            _closed(dispute, DisputeState.EXPIRED, outcome, part, "", actor, at)
    except CreditMoved:
        # Decided anew meanwhile, so that nothing is left to give: the clock never guesses.
        _closed(dispute, DisputeState.EXPIRED, Outcome.REJECTED, Fraction(dispute.had), "", actor, at)


def _closed(
    dispute: CreditDispute, to: DisputeState, outcome: Outcome, part: Fraction, reason: str, actor: Actor, at: datetime
) -> CreditDispute:
    accepted = outcome != Outcome.REJECTED
    release(dispute=dispute, accepted=accepted and not is_given_already(dispute, part), actor=actor, at=at)
    result = _award(dispute, part, actor, at) if accepted else ""
    return _ended(dispute, to, reason, actor, at, outcome=outcome, granted=str(part), result_ref=result)


def _ended(
    dispute: CreditDispute, to: DisputeState, reason: str, actor: Actor, at: datetime, **also: str
) -> CreditDispute:
    # The whole reason stands with the claim, its beginning in the audit log.
    dispute.reason = reason
    dispute.save(update_fields=["reason"])
    change_state(
        dispute, DISPUTE, to, actor=actor, at=at, reason=reason[:500], closed_at=at, closed_by_label=actor.label, **also
    )
    publish(
        CreditDisputeClosed(
            at=at, dispute_ref=dispute.public_id, order_ref=dispute.order_ref, state=str(dispute.state),
            outcome=str(dispute.outcome),
        )
    )  # fmt: skip
    return dispute


def is_given_already(dispute: CreditDispute, part: Fraction) -> bool:
    """Return whether a decision since the claim gave so much: then nobody's credit moves, and nobody loses a part."""
    _, shares, _ = credit_of(dispute.order_ref)
    return shares.get(dispute.claimant.public_id) == part


def award_of(dispute: CreditDispute, part: Fraction) -> list[dict[str, str]]:
    """Return the shares that a grant makes of the decision in force now. Raises CreditMoved when it does not fit."""
    _, shares, _ = credit_of(dispute.order_ref)
    try:
        after = shares_after(shares, dispute.claimant.public_id, part)
    except ValueError as misfit:
        raise CreditMoved("The order was decided anew since the claim; look at the preview again.") from misfit
    return [{"participant": ref, "weight": f"{each.numerator}/{each.denominator}"} for ref, each in after.items()]


def _award(dispute: CreditDispute, part: Fraction, actor: Actor, at: datetime) -> str:
    shares = award_of(dispute, part)
    return award(order_ref=dispute.order_ref, shares=shares, cause=dispute.public_id, actor=actor, at=at).public_id
