from datetime import datetime

from django.db import transaction
from django.db.models import Q

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import change_states
from shared_apps.outbox.actions import publish_all
from tenant_apps.commissions.errors import SelectionChanged, SelectionTooLarge
from tenant_apps.commissions.events import CommissionConfirmed
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import MOST_AT_ONCE, Selection, SelectionPreview, confirmable, selection_preview
from tenant_apps.commissions.states import COMMISSION, CommissionState


@transaction.atomic
def confirm_selected(
    *, selection: Selection, digest: str, actor: Actor, at: datetime, reason: str = ""
) -> SelectionPreview:
    """Confirm all pending lines of a selection with what moves with them, exactly those that were previewed.

    Set-based: the lines are locked, counted again and moved in a few statements, each with its audit row and
    event; all or none. What is on hold is not touched. `digest` is the preview's. Returns what was confirmed.
    Raises SelectionChanged when a line came, went or changed its amount meanwhile, SelectionTooLarge.
    """
    # The originals' rows are the locks of their groups: whoever writes a reversal waits, or is counted here.
    heads = list(
        confirmable(selection).select_for_update(of=("self",)).values_list("pk", flat=True)[: MOST_AT_ONCE + 1]
    )
    if len(heads) > MOST_AT_ONCE:
        raise SelectionTooLarge(
            sentence("At most %(most)s lines are confirmed at once; narrow the selection.", most=MOST_AT_ONCE)
        )
    seen = selection_preview(selection)
    if not heads or seen.lines != len(heads) or seen.digest != digest:
        raise SelectionChanged("The selection is not what was previewed any more. Look at it again.", lines=seen.lines)
    lines = list(Commission.objects.filter(Q(pk__in=heads) | Q(moves_with__in=heads)).order_by("pk"))
    change_states(
        lines, COMMISSION, CommissionState.CONFIRMED, actor=actor, at=at, reason=reason or f"in bulk {digest[:12]}",
        confirmed_at=at,
    )  # fmt: skip
    publish_all(
        [CommissionConfirmed(at=at, partner_ref=line.partner_ref, commission_ref=line.public_id) for line in lines]
    )
    return seen
