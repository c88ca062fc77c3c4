"""The inbox of probable duplicates: two sources told of one sale. A person decides; nothing is dropped by itself."""

from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.actions.awarding import award
from tenant_apps.attribution.errors import UnknownOrder
from tenant_apps.attribution.events import DuplicateDismissed, DuplicateSuspected
from tenant_apps.attribution.models import DuplicateSuspicion
from tenant_apps.attribution.states import SUSPICION, SuspicionState
from tenant_apps.orders.queries import order_by_ref, probable_duplicates


@transaction.atomic
def suspect_duplicates(*, order_ref: str, at: datetime, actor: Actor) -> list[DuplicateSuspicion]:
    """Note which paid orders of the same customer and amount, told by another source within ten minutes, look the same.

    The later order is the one in doubt. While it is open, that order's commissions are held: held money can
    be released tomorrow, paid money has to be clawed back. Found from either side, a pair is one suspicion.
    """
    order = order_by_ref(order_ref)
    if order is None:
        raise UnknownOrder(sentence("There is no order %(order_ref)s.", order_ref=order_ref), order=order_ref)
    found = []
    for other in probable_duplicates(order):
        earlier, later = sorted((order, other), key=lambda each: (each.placed_at, each.pk))
        suspicion, new = DuplicateSuspicion.objects.get_or_create(
            earlier_ref=earlier.public_id, later_ref=later.public_id, defaults={"found_at": at}
        )
        if new:
            record(actor=actor, verb="duplicate.suspected", subject=suspicion, at=at, after={"orders": str(suspicion)})
            publish(DuplicateSuspected(order_ref=later.public_id, suspicion_ref=suspicion.public_id, at=at))
            found.append(suspicion)
    return found


@transaction.atomic
def confirm_duplicate(*, suspicion: DuplicateSuspicion, reason: str, actor: Actor, at: datetime) -> DuplicateSuspicion:
    """Decide that two orders are one sale: the later one earns nobody anything, whatever is learnt of it later.

    An award of nothing does it: what was earned is taken back as by any later decision.
    Raises IllegalTransition, StaleState.
    """
    _resolve(suspicion, SuspicionState.CONFIRMED, reason, actor, at)
    cause = f"duplicate:{suspicion.earlier_ref}"
    award(order_ref=suspicion.later_ref, shares=[], cause=cause, actor=actor, at=at)
    return suspicion


@transaction.atomic
def dismiss_duplicate(*, suspicion: DuplicateSuspicion, reason: str, actor: Actor, at: datetime) -> DuplicateSuspicion:
    """Decide that two orders are two sales: what was held goes on. Raises IllegalTransition, StaleState."""
    _resolve(suspicion, SuspicionState.DISMISSED, reason, actor, at)
    publish(DuplicateDismissed(order_ref=suspicion.later_ref, suspicion_ref=suspicion.public_id, at=at))
    return suspicion


def _resolve(suspicion: DuplicateSuspicion, to: SuspicionState, reason: str, actor: Actor, at: datetime) -> None:
    change_state(
        suspicion, SUSPICION, to, actor=actor, at=at, reason=reason.strip(), resolved_at=at,
        resolved_by=actor.label[:120],
    )  # fmt: skip
    DuplicateSuspicion.objects.filter(pk=suspicion.pk).update(reason=reason.strip()[:300])
