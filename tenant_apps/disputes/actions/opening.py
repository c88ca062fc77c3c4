from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.disputes.actions.claiming import Claim, claim_on
from tenant_apps.disputes.actions.freezing import freeze
from tenant_apps.disputes.actions.showing import show
from tenant_apps.disputes.errors import DisputeOpen
from tenant_apps.disputes.events import CreditDisputeOpened
from tenant_apps.disputes.files import Shown
from tenant_apps.disputes.models import CreditDispute, Party
from tenant_apps.disputes.states import DISPUTE, DisputeState, Grounds

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment

LONGEST = 4_000


@transaction.atomic
def open_dispute(
    *, order_ref: str, claimant: "Enrollment", claimed: str, grounds: str, statement: str, actor: Actor, at: datetime,
    files: Sequence[Shown] = (), links: Sequence[str] = (),
) -> CreditDispute:  # fmt: skip
    """Open a claim to a part of an order's conversion; freeze what its counterparties would lose, and no more.

    `claimed` is the part of the whole the claimant should have in the end. Counterparties are told in the
    background; their clock starts then. Raises InvalidInput naming the field (too late, no more than the
    claimant has, not decided yet, unknown grounds), and DisputeOpen while this claimant's claim is open.
    """
    check_said(grounds, statement)
    claim = claim_on(order_ref=order_ref, claimant=claimant, claimed=claimed, at=at)
    dispute = CreditDispute(
        claimant=claimant, grounds=grounds, statement=statement.strip(), opened_at=at,
        opened_by=actor.person, opened_by_label=actor.label,
    )  # fmt: skip
    dispute = begin(dispute=dispute, claim=claim, actor=actor, at=at)
    show(dispute=dispute, enrollment=claimant, files=files, links=links, at=at)
    return dispute


def check_said(grounds: str, statement: str) -> None:
    """Raise InvalidInput unless the grounds are of the list and something is said."""
    errors = []
    if grounds not in set(Grounds):
        errors.append(
            {"field": "grounds", "message": sentence("must be one of %(choices)s", choices=", ".join(Grounds))}
        )
    if not 0 < len(statement.strip()) <= LONGEST:
        errors.append({"field": "statement", "message": sentence("must have 1 to %(most)s characters", most=LONGEST)})
    if errors:
        raise InvalidInput(errors=errors)


def begin(*, dispute: CreditDispute, claim: Claim, actor: Actor, at: datetime) -> CreditDispute:
    """Open a claim that is new or was submitted: freeze what others would lose, and let them be told.

    Raises DisputeOpen while another claim of this claimant on the sale is open.
    """
    facts = {
        "order_ref": claim.order_ref, "attribution_ref": claim.attribution_ref, "had": str(claim.had),
        "claimed": str(claim.part), "terms": claim.terms.as_dict(),
        "hear_until": at + timedelta(days=claim.terms.hearing_days),
    }  # fmt: skip
    try:
        with transaction.atomic():
            _write(dispute, facts, actor, at)
    except IntegrityError as twice:
        raise DisputeOpen("A claim of this partner on this order is open already.", field="order") from twice
    Party.objects.bulk_create(
        Party(dispute=dispute, enrollment=claim.enrollments[ref], share=str(claim.shares[ref])) for ref in claim.losers
    )
    for ref, lost in claim.losers.items():
        freeze(dispute=dispute, enrollment=claim.enrollments[ref], fraction=lost, actor=actor, at=at)
    told = {
        "order": claim.order_ref, "claimant": dispute.claimant.public_id, "claimed": dispute.claimed,
        "grounds": dispute.grounds,
    }  # fmt: skip
    record(actor=actor, verb="credit_dispute.opened", subject=dispute, at=at, after=told)
    publish(CreditDisputeOpened(at=at, dispute_ref=dispute.public_id, order_ref=claim.order_ref))
    return dispute


def _write(dispute: CreditDispute, facts: dict[str, Any], actor: Actor, at: datetime) -> None:
    for name, value in facts.items():
        setattr(dispute, name, value)
    if dispute.pk is None:
        dispute.save(force_insert=True)
    else:
        dispute.save(update_fields=list(facts))
        change_state(dispute, DISPUTE, DisputeState.OPENED, actor=actor, at=at)
