"""What waits while a claim is heard: of each counterparty's earnings the part it would lose, and no more."""

from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from kernel.actor import Actor, system
from tenant_apps.commissions.actions import Outcome, freeze_share, unfreeze
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.queries import disputes_against, losses_at_opening
from tenant_apps.disputes.states import HEARD

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment

CLERK = system("disputes")


def freeze(*, dispute: CreditDispute, enrollment: "Enrollment", fraction: Fraction, actor: Actor, at: datetime) -> None:
    """Hold the part of a counterparty's unpaid earnings of the order that the claim is about."""
    freeze_share(
        order_ref=dispute.order_ref, enrollment_id=enrollment.pk, fraction=fraction, cause_ref=dispute.public_id,
        actor=actor, at=at,
    )  # fmt: skip


@transaction.atomic
def freeze_late(*, order_ref: str, enrollment: "Enrollment", at: datetime, actor: Actor = CLERK) -> None:
    """Hold of a counterparty's line that came late what open claims on its sale are about, once.

    While all lines of a deal wait for a price, a claim has nothing to freeze; the part that the counterparty would
    lose is known from the shares when it was opened.
    """
    for dispute in disputes_against(order_ref, enrollment.pk):
        # Held, so that nobody ends the claim, and with it what it froze, between the look and the freezing.
        still = CreditDispute.objects.select_for_update().filter(pk=dispute.pk, state__in=HEARD).first()
        lost = losses_at_opening(dispute).get(enrollment.public_id)
        if still and lost:
            freeze(dispute=dispute, enrollment=enrollment, fraction=lost, actor=actor, at=at)


def release(*, dispute: CreditDispute, accepted: bool, actor: Actor, at: datetime) -> None:
    """End what the claim froze: it goes on where it was, or makes room for what the award gives."""
    outcome = Outcome.ACCEPTED if accepted else Outcome.REJECTED
    unfreeze(cause_ref=dispute.public_id, outcome=outcome, actor=actor, at=at)
