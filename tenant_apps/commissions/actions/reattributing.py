from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.queries import attribution_of_order, shares, versions_of_order
from tenant_apps.commissions.actions.accruing import write_accrued
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.freezing import freeze_share
from tenant_apps.commissions.actions.grouping import lock_accrual, locked_groups
from tenant_apps.commissions.actions.pricing import in_turn, lines_of_share
from tenant_apps.commissions.actions.reversing import bring_to_due
from tenant_apps.commissions.actions.voiding import void
from tenant_apps.commissions.errors import OrderNotAttributed, UnknownOrder
from tenant_apps.commissions.events import CommissionPricedAgain
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import earnings_of_order, open_claims
from tenant_apps.commissions.states import CommissionState, HoldReason, Kind, Reason
from tenant_apps.orders.queries import order_by_ref

Key = tuple[int, str]


@transaction.atomic
def reattribute(*, order_ref: str, at: datetime, actor: Actor = ENGINE) -> list[Commission]:
    """Bring an order's commissions to the decision in force; return what was written, nothing a second time.

    Per enrollment and order line: an amount that stays is left untouched where its share stays, too, for levels
    and periods count by that. What changes is taken back whole, reversed or clawed back by its state, and earned
    anew from the same terms, with the same hold: what came back to the customer before is taken back of the new
    line at once, and claims that froze the old one freeze the new one. So afterwards the order earns what the new
    decision alone would have. What an operator held or canceled is held again where its amount changes: a person
    decides, not we.
    Raises UnknownOrder, and OrderNotAttributed while the first decision's commissions are to be written.
    """
    lock_accrual(order_ref)
    order, attribution = order_by_ref(order_ref), attribution_of_order(order_ref)
    if order is None:
        raise UnknownOrder(sentence("There is no order %(order_ref)s.", order_ref=order_ref), order=order_ref)
    first = versions_of_order(order_ref).order_by("version").first()
    if attribution is None or first is None or (first.shares.exists() and not earnings_of_order(order_ref).exists()):
        raise OrderNotAttributed(
            sentence("The commissions of %(order_ref)s are not written yet.", order_ref=order_ref), order=order_ref
        )
    ref, live = attribution.public_id, _live(order_ref)
    drafts: dict[Key, Commission] = {}
    for share in in_turn(shares(attribution)):
        priced = lines_of_share(attribution, share, order, drafts.values())
        drafts |= {(line.enrollment_id, line.line_ref): line for line in priced}
    kept = {
        key
        for key, line in live.items()
        if line.attribution_ref == ref or (key in drafts and _stays(line, drafts[key]))
    }
    old = [live[key] for key in sorted(live.keys() - kept)]
    claims = open_claims(order_ref)
    written = void(
        groups=locked_groups(line.pk for line in old), by=ref, reason=Reason.REATTRIBUTED, actor=actor, at=at
    )
    Commission.objects.filter(pk__in=[line.pk for line in old]).update(voided_by=ref)
    new = [_held_as(drafts[key], live.get(key)) for key in sorted(drafts.keys() - kept)]
    accrued = write_accrued(new, order, at, actor)
    written += accrued
    groups = locked_groups(line.pk for line in accrued)
    written += bring_to_due(groups=groups, order_ref=order_ref, cause_ref=ref, reason=Reason.REFUND, at=at, actor=actor)
    for enrollment_id, claim, fraction in claims:
        freeze_share(
            order_ref=order_ref, enrollment_id=enrollment_id, fraction=fraction, cause_ref=claim, actor=actor, at=at
        )
    _tell_of_late_prices(live.values(), accrued, at)
    return written


def _live(order_ref: str) -> dict[Key, Commission]:
    earnings = Commission.objects.filter(order_ref=order_ref, kind=Kind.EARNING, voided_by="")
    return {(line.enrollment_id, line.line_ref): line for line in earnings}


def _tell_of_late_prices(old: Iterable[Commission], new: Iterable[Commission], at: datetime) -> None:
    """Say of each deal that it earns now where all its lines were zero: a claim had nothing of it to hold."""
    had: dict[int, int] = defaultdict(int)
    for line in old:
        had[line.enrollment_id] += abs(line.amount_minor)
    earning = {line.enrollment_id: line for line in new if line.kind == Kind.EARNING and line.amount_minor}
    for enrollment_id, line in earning.items():
        if had.get(enrollment_id) == 0:
            publish(CommissionPricedAgain(at=at, order_ref=line.order_ref, commission_ref=line.public_id))


def _stays(old: Commission, new: Commission) -> bool:
    """Return whether a line already earns what the new decision gives, whole: no claim took a part of it."""
    parts_gone = old.derived.filter(kind=Kind.ADJUSTMENT, amount_minor__gt=0, state=CommissionState.CANCELED)
    same = (old.amount_minor, old.contract_version_id) == (new.amount_minor, new.contract_version_id)
    same = same and Fraction(old.share) == Fraction(new.share)
    return same and (old.state == CommissionState.CANCELED or not parts_gone.exists())


def _held_as(new: Commission, old: Commission | None) -> Commission:
    if old is not None and (old.state == CommissionState.CANCELED or old.held_for):
        new.state, new.held_for = CommissionState.HOLD, old.held_for or HoldReason.MANUAL
    return new
