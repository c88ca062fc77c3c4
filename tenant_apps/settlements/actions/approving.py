from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.settlements.errors import EarlierSettlementOpen, SecondPersonNeeded
from tenant_apps.settlements.events import SettlementApproved
from tenant_apps.settlements.models import Period, Settlement
from tenant_apps.settlements.queries import settlements_before
from tenant_apps.settlements.states import SETTLEMENT, SettlementState


@transaction.atomic
def approve(*, settlement: Settlement, actor: Actor, at: datetime) -> Settlement:
    """Approve a draft as the second person; the statement is issued from it.

    Raises SecondPersonNeeded for whoever drew it up, an administrator included, EarlierSettlementOpen
    while the one before it is a draft, IllegalTransition when it is no draft.
    """
    settlement = Settlement.objects.select_for_update().get(pk=settlement.pk)
    if not actor.is_second_after(settlement.drafted_by):
        raise SecondPersonNeeded(
            sentence("%(label)s closed this period; a second person approves its settlements.", label=actor.label)
        )
    if settlements_before(settlement).filter(state=SettlementState.DRAFT).exists():
        raise EarlierSettlementOpen(
            sentence(
                "%(partner_name)s has an earlier settlement that waits for approval, and this one opens with it.",
                partner_name=settlement.partner_name,
            )
        )
    change_state(
        settlement, SETTLEMENT, SettlementState.APPROVED, actor=actor, at=at,
        approved_at=at, approved_by=actor.person, approved_by_label=actor.label,
    )  # fmt: skip
    publish(SettlementApproved(settlement_ref=settlement.public_id, at=at))
    return settlement


@transaction.atomic
def approve_period(*, period: Period, actor: Actor, at: datetime) -> int:
    """Approve every draft of a period, all or none; return how many. Raises as `approve` does."""
    drafts = list(Settlement.objects.filter(period=period, state=SettlementState.DRAFT).order_by("pk"))
    for settlement in drafts:
        approve(settlement=settlement, actor=actor, at=at)
    return len(drafts)
