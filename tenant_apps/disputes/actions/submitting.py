"""Claims on sales in which no touch, code or deal of the claimant was considered: submitted, then opened up or not.

Whoever names a sale is told nothing of it: whether it exists, what it cost, who has it. An operator looks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.brands.entering import entered_brand
from tenant_apps.disputes.actions.claiming import claim_on
from tenant_apps.disputes.actions.hearing import locked
from tenant_apps.disputes.actions.opening import begin, check_said
from tenant_apps.disputes.actions.showing import show
from tenant_apps.disputes.errors import DisputeClosed, DisputeOpen, TooManyWaiting
from tenant_apps.disputes.files import Shown
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.queries import count_waiting, terms_in_force
from tenant_apps.disputes.rules import order_name, parse_part
from tenant_apps.disputes.states import DisputeState
from tenant_apps.orders.queries import order_called
from tenant_apps.programs.states import EnrollmentState

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment

MOST_WAITING = 20


@transaction.atomic
def submit_claim(
    *, order: str, claimant: "Enrollment", claimed: str, grounds: str, statement: str, actor: Actor, at: datetime,
    files: Sequence[Shown] = (), links: Sequence[str] = (),
) -> CreditDispute:  # fmt: skip
    """Take a claim on a sale as its claimant names it, without looking whether there is such a sale.

    Nothing is frozen and nobody is told until an operator opens it up; past its deadline the clock rejects it.
    Raises InvalidInput naming the field, DisputeOpen where the same claim waits already, TooManyWaiting (details:
    `most`) where as many of the partner's wait as may: operators read each, and any name makes one.
    """
    check_said(grounds, statement)
    part, name = parse_part(claimed, field="claimed"), order_name(order)
    if not part:
        raise InvalidInput(field="claimed", message="must be more than nothing")
    if claimant.state != EnrollmentState.ACTIVE:
        refused = sentence("is %(state)s; only an active one claims", state=claimant.state)
        raise InvalidInput(field="enrollment", message=refused)
    _refuse_too_many(claimant.partner_ref)
    terms = terms_in_force(at)
    try:
        with transaction.atomic():
            dispute = CreditDispute.objects.create(
                order_named=name, claimant=claimant, had="0", claimed=str(part), grounds=grounds,
                statement=statement.strip(), terms=terms.as_dict(), state=DisputeState.SUBMITTED, opened_at=at,
                opened_by=actor.person, opened_by_label=actor.label,
                hear_until=at + timedelta(days=terms.hearing_days),
            )  # fmt: skip
    except IntegrityError as twice:
        raise DisputeOpen("A claim of this partner on this order is open already.", field="order") from twice
    show(dispute=dispute, enrollment=claimant, files=files, links=links, at=at)
    told = {"named": name, "claimant": claimant.public_id, "claimed": dispute.claimed, "grounds": grounds}
    record(actor=actor, verb="credit_dispute.submitted", subject=dispute, at=at, after=told)
    return dispute


def _refuse_too_many(partner_ref: str) -> None:
    """Let one submission of a partner at a time look how many wait, until it commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{entered_brand().schema_name}:claims:{partner_ref}"],
        )
    if count_waiting(partner_ref) >= MOST_WAITING:
        raise TooManyWaiting(
            sentence("%(most)s claims of this partner wait for the brand already; no more may.", most=MOST_WAITING),
            field="order", most=MOST_WAITING,
        )  # fmt: skip


@transaction.atomic
def open_submitted(*, dispute: CreditDispute, actor: Actor, at: datetime) -> CreditDispute:
    """Open up a submitted claim: from now on it is one like any other, made on the day it was submitted.

    Raises InvalidInput naming what cannot be claimed (no such sale, too late by then, no more than is had),
    DisputeOpen while another claim of this claimant on the sale is open, DisputeClosed where it waits no more.
    """
    dispute = locked(dispute)
    if dispute.state != DisputeState.SUBMITTED:
        raise DisputeClosed(sentence("The claim is %(state)s already.", state=dispute.state), state=dispute.state)
    order = order_called(dispute.order_named)
    claim = claim_on(
        order_ref=order.public_id if order else "", claimant=dispute.claimant, claimed=dispute.claimed,
        at=dispute.opened_at,
    )  # fmt: skip
    return begin(dispute=dispute, claim=claim, actor=actor, at=at)
