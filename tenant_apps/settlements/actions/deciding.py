"""What every decision about an adjustment has in common: two persons, its state, its booking."""

from datetime import datetime

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post
from tenant_apps.settlements.errors import SecondPersonNeeded
from tenant_apps.settlements.events import AdjustmentApproved
from tenant_apps.settlements.models import Adjustment
from tenant_apps.settlements.states import ADJUSTMENT, AdjustmentState

Kind = Adjustment.Kind


def need_second_person(first: str, actor: Actor) -> None:
    """Refuse whoever proposed, in person or by a key."""
    if not actor.is_second_after(first):
        raise SecondPersonNeeded(sentence("%(label)s proposed this; a second person approves it.", label=actor.label))


def decide(adjustment: Adjustment, to: AdjustmentState, actor: Actor, at: datetime, reason: str = "") -> None:
    """Bring an adjustment into its last state. Raises IllegalTransition once it is decided."""
    change_state(
        adjustment, ADJUSTMENT, to, actor=actor, at=at, reason=reason, decided_at=at,
        decided_by=actor.person, decided_by_label=actor.label,
    )  # fmt: skip


def book_adjustment(adjustment: Adjustment, at: datetime) -> None:
    """Book an approved adjustment against what it is.

    What the brand gives is expense; tax it gets back, money that came back to it, and what another brand of its legal
    entity owes it for a set-off are assets.
    """
    payable = chart.partner_payable(adjustment.partner_ref)
    others = {
        Kind.VAT_CORRECTION: chart.input_tax(), Kind.PAYOUT_RETURNED: chart.processor(),
        Kind.SET_OFF: chart.set_off(adjustment.other_brand),
    }  # fmt: skip
    other = others.get(Kind(adjustment.kind), chart.commission_expense())
    debit, credit = (other, payable) if adjustment.amount_minor > 0 else (payable, other)
    post(
        cause=f"adjustment:{adjustment.public_id}:approved",
        description=f"{Kind(adjustment.kind).label}, {adjustment.partner_name}: {adjustment.reason}",
        transfers=[Posting(debit, credit, abs(adjustment.amount_minor), adjustment.currency)],
        belongs_to=at, at=at,
    )  # fmt: skip
    publish(AdjustmentApproved(adjustment_ref=adjustment.public_id, partner_ref=adjustment.partner_ref, at=at))
