from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput, NotFound
from kernel.payload import Payload
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.disputes.actions.freezing import CLERK
from tenant_apps.disputes.actions.opening import LONGEST
from tenant_apps.disputes.actions.showing import show
from tenant_apps.disputes.errors import DisputeClosed
from tenant_apps.disputes.events import CreditDisputeHeard
from tenant_apps.disputes.files import Shown
from tenant_apps.disputes.models import CreditDispute, Evidence, Party
from tenant_apps.disputes.rules import parse_terms
from tenant_apps.disputes.states import DISPUTE, DisputeState, Position

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment


def locked(dispute: CreditDispute) -> CreditDispute:
    """Return the claim, held until the transaction ends: of two at once the second sees what the first did."""
    return CreditDispute.objects.select_for_update(of=("self",)).select_related("claimant").get(pk=dispute.pk)


@transaction.atomic
def summon(*, dispute: CreditDispute, at: datetime, actor: Actor = CLERK) -> CreditDispute:
    """Tell the counterparties and start the clock, once: it never runs before they could know."""
    dispute = locked(dispute)
    if dispute.state != DisputeState.OPENED:
        return dispute
    Party.objects.filter(dispute=dispute, told_at=None).update(told_at=at)
    days = parse_terms(Payload(dispute.terms, "terms")).hearing_days
    change_state(
        dispute, DISPUTE, DisputeState.HEARING, actor=actor, at=at,
        hear_until=max(dispute.hear_until, at + timedelta(days=days)),
    )  # fmt: skip
    return dispute


@transaction.atomic
def answer_dispute(
    *, dispute: CreditDispute, party: Party, position: str, statement: str, actor: Actor, at: datetime,
    files: Sequence[Shown] = (), links: Sequence[str] = (),
) -> Party:  # fmt: skip
    """Let a counterparty say its side before the deadline, again if it likes: the last word stands, evidence stays.

    Raises InvalidInput naming the field, and DisputeClosed after the deadline or the decision.
    """
    dispute = _still_heard(dispute, at)
    errors = []
    if position not in set(Position):
        errors.append(
            {"field": "position", "message": sentence("must be one of %(choices)s", choices=", ".join(Position))}
        )
    if not 0 < len(statement.strip()) <= LONGEST:
        errors.append({"field": "statement", "message": sentence("must have 1 to %(most)s characters", most=LONGEST)})
    if errors:
        raise InvalidInput(errors=errors)
    if party.dispute_id != dispute.pk:
        raise NotFound
    before = {"position": party.position, "statement": party.statement}
    party.position, party.statement, party.spoke_at = position, statement.strip(), at
    party.save(update_fields=["position", "statement", "spoke_at"])
    show(dispute=dispute, enrollment=party.enrollment, files=files, links=links, at=at)
    told = {"party": party.enrollment.public_id, "position": position, "statement": party.statement}
    record(actor=actor, verb="credit_dispute.heard", subject=dispute, at=at, before=before, after=told)
    publish(CreditDisputeHeard(at=at, dispute_ref=dispute.public_id, partner_ref=party.enrollment.partner_ref))
    return party


@transaction.atomic
def add_evidence(
    *, dispute: CreditDispute, enrollment: "Enrollment", actor: Actor, at: datetime, files: Sequence[Shown] = (),
    links: Sequence[str] = (),
) -> list[Evidence]:  # fmt: skip
    """Let the claimant or a counterparty show more before the deadline. Raises InvalidInput, DisputeClosed."""
    dispute = _still_heard(dispute, at)
    if not files and not any(link.strip() for link in links):
        raise InvalidInput(field="files", message="must have a file, or links a web address")
    shown = show(dispute=dispute, enrollment=enrollment, files=files, links=links, at=at)
    told = {"by": enrollment.public_id, "evidence": [piece.public_id for piece in shown]}
    record(actor=actor, verb="credit_dispute.shown", subject=dispute, at=at, after=told)
    return shown


def _still_heard(dispute: CreditDispute, at: datetime) -> CreditDispute:
    dispute = locked(dispute)
    if not DisputeState(dispute.state).is_open or at >= dispute.hear_until:
        raise DisputeClosed("The time to be heard is over.", state=dispute.state)
    return dispute
