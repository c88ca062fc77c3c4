from collections.abc import Callable
from datetime import datetime
from functools import partial

from shared_apps.brands.clock import now
from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.subscribing import subscribe
from shared_apps.partners.actions import record_balance
from tenant_apps.attribution.events import (
    ConversionAttributed,
    ConversionReattributed,
    DuplicateDismissed,
    DuplicateSuspected,
)
from tenant_apps.commissions import actions
from tenant_apps.commissions.errors import OrderNotAttributed
from tenant_apps.commissions.events import (
    CommissionAccrued,
    CommissionCanceled,
    CommissionClawedBack,
    CommissionConfirmed,
    CommissionHeld,
    CommissionReinstated,
    CommissionReleased,
    CommissionsMatured,
    CommissionsPaid,
)
from tenant_apps.commissions.queries import commission_by_ref, totals_of_partner
from tenant_apps.commissions.states import Kind, Reason
from tenant_apps.orders.events import OrderDisputeClosed, OrderDisputed, OrderFulfilled, OrderRefunded


@subscribe(ConversionAttributed)
def accrue_commissions(event: ConversionAttributed) -> None:
    """Write what the shares earn."""
    actions.accrue(attribution_ref=event.attribution_ref, at=event.at)


@subscribe(ConversionReattributed)
def reattribute_commissions(event: ConversionReattributed) -> None:
    """Take back and earn anew what a later decision changed; one that overtook the first waits for it.

    Whoever earns now waits too while the order is suspected to be another's duplicate.
    """
    try:
        actions.reattribute(order_ref=event.order_ref, at=event.at)
        actions.hold_duplicate(order_ref=event.order_ref, at=event.at)
        actions.true_up_order(order_ref=event.order_ref, cause_ref=event.attribution_ref, at=event.at)
    except OrderNotAttributed as early:
        raise RetryLater(early.message) from early


@subscribe(OrderFulfilled)
def confirm_commissions(event: OrderFulfilled) -> None:
    """Confirm what a delivered order earned."""
    actions.confirm_order(order_ref=event.order_ref, at=event.at)


@subscribe(OrderRefunded)
def claw_back_commissions(event: OrderRefunded) -> None:
    """Take back what a refund undoes."""
    _follow(event.order_ref, event.refund_ref, Reason.REFUND, event.at)


@subscribe(OrderDisputed)
def claw_back_disputed(event: OrderDisputed) -> None:
    """Take back what a customer's bank disputes."""
    _follow(event.order_ref, event.dispute_ref, Reason.DISPUTE, event.at)


@subscribe(OrderDisputeClosed)
def follow_dispute(event: OrderDisputeClosed) -> None:
    """Give back what a won dispute gave back; a lost one changes nothing."""
    _follow(event.order_ref, event.dispute_ref, Reason.DISPUTE, event.at)


def _follow(order_ref: str, cause_ref: str, reason: Reason, at: datetime) -> None:
    """Follow the money of an order; what overtook its attribution waits for it."""
    try:
        actions.follow_money(order_ref=order_ref, cause_ref=cause_ref, reason=reason, at=at)
        actions.true_up_order(order_ref=order_ref, cause_ref=cause_ref, at=at)
    except OrderNotAttributed as early:
        raise RetryLater(early.message) from early


@subscribe(CommissionCanceled)
def true_up_canceled(event: CommissionCanceled) -> None:
    """Bring the periods to what they are due without a canceled sale."""
    line = commission_by_ref(event.commission_ref)
    if line is not None and line.kind == Kind.EARNING:
        actions.true_up_order(order_ref=line.order_ref, cause_ref=line.public_id, at=event.at)


@subscribe(DuplicateSuspected)
def hold_suspected_duplicate(event: DuplicateSuspected) -> None:
    """Let what the later of two alike orders earned wait for a person's word."""
    _once_written(partial(actions.hold_duplicate, order_ref=event.order_ref, at=event.at))


@subscribe(DuplicateDismissed)
def release_dismissed_duplicate(event: DuplicateDismissed) -> None:
    """Two sales after all: what was held goes on."""
    _once_written(partial(actions.release_duplicate, order_ref=event.order_ref, at=event.at))


def _once_written(act: Callable[[], None]) -> None:
    """Act on an order's commissions; what overtook their accrual waits for it."""
    try:
        act()
    except OrderNotAttributed as early:
        raise RetryLater(early.message) from early


def _roll_up(partner_ref: str) -> None:
    """Write the partner's totals where its other brands' are; read after the event, so never older than it."""
    as_of = now()
    for currency, totals in totals_of_partner(partner_ref).items():
        record_balance(
            brand=entered_brand(), partner_ref=partner_ref, currency=currency,
            pending_minor=totals.pending_minor + totals.hold_minor, confirmed_minor=totals.confirmed_minor,
            payable_minor=totals.payable_minor, paid_minor=totals.paid_minor, as_of=as_of,
        )  # fmt: skip


@subscribe(CommissionAccrued)
def roll_up_accrued(event: CommissionAccrued) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionConfirmed)
def roll_up_confirmed(event: CommissionConfirmed) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionsMatured)
def roll_up_matured(event: CommissionsMatured) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionClawedBack)
def roll_up_clawed_back(event: CommissionClawedBack) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionReinstated)
def roll_up_reinstated(event: CommissionReinstated) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionsPaid)
def roll_up_paid(event: CommissionsPaid) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionHeld)
def roll_up_held(event: CommissionHeld) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionReleased)
def roll_up_released(event: CommissionReleased) -> None:
    _roll_up(event.partner_ref)


@subscribe(CommissionCanceled)
def roll_up_canceled(event: CommissionCanceled) -> None:
    _roll_up(event.partner_ref)
