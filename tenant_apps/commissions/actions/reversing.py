from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.money import Money
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions.booking import book_clawed_back, book_reversed
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.grouping import locked_groups
from tenant_apps.commissions.errors import OrderNotAttributed, UnknownOrder
from tenant_apps.commissions.events import CommissionClawedBack
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import earnings_are_written, earnings_of_order, reversed_minor
from tenant_apps.commissions.rules import Refund, reversals_for
from tenant_apps.commissions.states import COMMISSION, CommissionState, Kind
from tenant_apps.orders.queries import order_by_ref, sale_of


@transaction.atomic
def claw_back(*, order_ref: str, refund_ref: str, at: datetime, actor: Actor = ENGINE) -> list[Commission]:
    """Take back the commissions of an order in proportion to what was refunded of each line so far.

    Cumulative: what should be taken back in all, less what was. So refunds may come in any order, twice
    or together, and a full refund leaves exactly nothing. Before a commission is payable a `reversal`
    line is written that moves on with its original; both end as refunded when nothing remains.
    Afterwards a `clawback` line stands in the next settlement. Returns the new lines. Raises
    UnknownOrder, and OrderNotAttributed while the commissions are still to be written.
    """
    if order_by_ref(order_ref) is None:
        raise UnknownOrder(f"There is no order {order_ref}.", order=order_ref)
    # Asked before the locks: an accrual that commits in between must not look like one without lines.
    if not earnings_are_written(order_ref):
        raise OrderNotAttributed(f"The commissions of {order_ref} are not written yet.", order=order_ref)
    groups = locked_groups(earnings_of_order(order_ref).values_list("pk", flat=True))
    # Read after the locks: a refund that passed us while we waited is counted, not undone.
    order = order_by_ref(order_ref)
    assert order is not None  # noqa: S101  (orders are never deleted)
    refunded = {line.ref: line.refunded_minor for line in sale_of(order).lines}
    is_whole = order.refunded_minor == order.total_minor
    written = []
    for earning, *reversals in groups:
        # A line that was given away has no money to measure a refund by: it goes back with the whole order.
        base, back = (earning.base_minor, refunded[earning.line_ref]) if earning.base_minor else (1, int(is_whole))
        if not back or earning.state in (CommissionState.CANCELED, CommissionState.REFUNDED):
            continue
        due = reversals_for(commission_minor=earning.amount_minor, base_minor=base, refunds=[Refund(back, False)])
        line = _taken_back(earning, due[0].amount_minor + reversed_minor(earning), refund_ref, back, at)
        written += [line] if line else []
        nothing_remains = earning.amount_minor + due[0].amount_minor == 0 if earning.amount_minor else back >= base
        if nothing_remains and CommissionState(earning.state).is_before_payable:
            for member in (earning, *reversals, *([line] if line else [])):
                change_state(member, COMMISSION, CommissionState.REFUNDED, actor=actor, at=at, reason=refund_ref)
    return written


def _taken_back(earning: Commission, amount_minor: int, refund_ref: str, back: int, at: datetime) -> Commission | None:
    """Write the line that takes `amount_minor` (negative) of an earning back; none when there is nothing to take."""
    if not amount_minor:
        return None
    was_payable = CommissionState(earning.state).was_payable
    line = Commission.objects.create(
        kind=Kind.CLAWBACK if was_payable else Kind.REVERSAL, enrollment_id=earning.enrollment_id,
        partner_ref=earning.partner_ref, order_ref=earning.order_ref, line_ref=earning.line_ref,
        attribution_ref=earning.attribution_ref, contract_version_id=earning.contract_version_id, rule=earning.rule,
        reason="refund", share=earning.share, base_minor=earning.base_minor, amount_minor=amount_minor,
        currency=earning.currency, explanation=_explained(earning, back), reverses=earning, cause_ref=refund_ref,
        state=CommissionState.PAYABLE if was_payable else earning.state, accrued_at=at, matures_at=earning.matures_at,
        confirmed_at=earning.confirmed_at, payable_at=at if was_payable else None,
    )  # fmt: skip
    (book_clawed_back if was_payable else book_reversed)(line, at)
    publish(
        CommissionClawedBack(
            at=at, partner_ref=line.partner_ref, commission_ref=line.public_id, original_ref=earning.public_id
        )
    )
    return line


def _explained(earning: Commission, back: int) -> list[dict[str, str]]:
    return [
        {"label": "Takes back from", "value": earning.public_id},
        {"label": "Commission", "value": _text(earning.amount_minor, earning)},
        {"label": "Paid by the customer", "value": _text(earning.base_minor, earning)},
        {"label": "Refunded so far", "value": _text(back, earning)},
        {"label": "Taken back before", "value": _text(reversed_minor(earning), earning)},
    ]


def _text(minor: int, earning: Commission) -> str:
    return str(Money(minor, earning.currency))
