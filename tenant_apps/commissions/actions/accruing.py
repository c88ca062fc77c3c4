from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.queries import attribution_by_ref
from tenant_apps.attribution.queries import shares as shares_of
from tenant_apps.commissions.actions.booking import book_accrued
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.grouping import lock_accrual
from tenant_apps.commissions.actions.leveling import levels_of
from tenant_apps.commissions.actions.maturing import confirm
from tenant_apps.commissions.actions.pricing import in_turn, lines_of_share
from tenant_apps.commissions.actions.trueing import true_up_sale
from tenant_apps.commissions.errors import UnknownAttribution, UnknownOrder
from tenant_apps.commissions.events import CommissionAccrued
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import earnings_of_attribution
from tenant_apps.commissions.states import CommissionState
from tenant_apps.orders.queries import order_by_ref

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order


@transaction.atomic
def accrue(*, attribution_ref: str, at: datetime, actor: Actor = ENGINE) -> list[Commission]:
    """Write what each share of a conversion earns on each line of its order, once; return the lines.

    Terms are those in effect when the order was paid. The rule's pay is scaled by the share and
    rounded once. A line without terms or rule is written with its reason and held: nobody is paid by
    a default. An order that is fulfilled already confirms its lines at once. Raises UnknownAttribution.
    """
    attribution = attribution_by_ref(attribution_ref)
    if attribution is None:
        raise UnknownAttribution(
            sentence("There is no attribution %(attribution_ref)s.", attribution_ref=attribution_ref),
            attribution=attribution_ref,
        )
    # The order is read under the lock: fulfilled before it, we confirm; after it, confirm_order finds the lines.
    lock_accrual(attribution.order_ref)
    written = list(earnings_of_attribution(attribution_ref))
    if written:
        return written
    order = order_by_ref(attribution.order_ref)
    if order is None:
        raise UnknownOrder(
            sentence("There is no order %(order_ref)s.", order_ref=attribution.order_ref), order=attribution.order_ref
        )
    drafts: list[Commission] = []
    for share in in_turn(shares_of(attribution)):
        drafts += lines_of_share(attribution, share, order, drafts)
    lines = write_accrued(drafts, order, at, actor)
    for line in {(line.enrollment_id, line.rule): line for line in drafts}.values():
        true_up_sale(line, cause_ref=order.public_id, at=at)
    return lines


def write_accrued(lines: list[Commission], order: "Order", at: datetime, actor: Actor) -> list[Commission]:
    """Save, book and tell what an order earned, and the levels paid on it; return all of it.

    What is not held is confirmed when the order is fulfilled by now.
    """
    Commission.objects.bulk_create(lines)
    lines = [*lines, *Commission.objects.bulk_create(levels_of(lines))]
    for line in lines:
        book_accrued(line, at)
        publish(CommissionAccrued(at=at, partner_ref=line.partner_ref, commission_ref=line.public_id))
    if order.fulfilled_at is not None:
        for line in lines:
            if line.state == CommissionState.PENDING:
                confirm(commission=line, actor=actor, at=max(at, order.fulfilled_at))
    return lines
