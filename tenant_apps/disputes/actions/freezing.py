"""What waits while a claim is heard: of each counterparty's earnings the part it would lose, and no more."""

from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from kernel.actor import Actor
from tenant_apps.commissions.actions import Outcome, freeze_share, unfreeze
from tenant_apps.disputes.models import CreditDispute

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment


def freeze(*, dispute: CreditDispute, enrollment: "Enrollment", fraction: Fraction, actor: Actor, at: datetime) -> None:
    """Hold the part of a counterparty's unpaid earnings of the order that the claim is about."""
    freeze_share(
        order_ref=dispute.order_ref, enrollment_id=enrollment.pk, fraction=fraction, cause_ref=dispute.public_id,
        actor=actor, at=at,
    )  # fmt: skip


def release(*, dispute: CreditDispute, accepted: bool, actor: Actor, at: datetime) -> None:
    """End what the claim froze: it goes on where it was, or makes room for what the award gives."""
    outcome = Outcome.ACCEPTED if accepted else Outcome.REJECTED
    unfreeze(cause_ref=dispute.public_id, outcome=outcome, actor=actor, at=at)
