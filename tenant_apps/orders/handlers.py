from shared_apps.outbox.subscribing import subscribe
from tenant_apps.orders import actions, queries
from tenant_apps.orders.actions.progress import ORDERS
from tenant_apps.orders.events import OrderPaid
from tenant_apps.orders.states import FulfilmentState
from tenant_apps.payments.events import PaymentDisputeClosed, PaymentDisputed, PaymentRefunded, PaymentSucceeded


@subscribe(PaymentSucceeded)
def note_payment(event: PaymentSucceeded) -> None:
    """The money arrived: the order is paid."""
    actions.mark_paid(order_ref=event.order_ref, actor=ORDERS, at=event.at)


@subscribe(PaymentRefunded)
def note_refund(event: PaymentRefunded) -> None:
    """Money went back: take it off the lines."""
    actions.apply_refund(
        order_ref=event.order_ref, refund_ref=event.refund_ref, refunded_minor=event.refunded_minor, actor=ORDERS,
        at=event.at, moved_at=event.moved_at,
    )  # fmt: skip


@subscribe(PaymentDisputed)
def note_dispute(event: PaymentDisputed) -> None:
    """A customer's bank took money back: hold it on the lines."""
    actions.apply_dispute(
        order_ref=event.order_ref, dispute_ref=event.dispute_ref, disputed_minor=event.disputed_minor, actor=ORDERS,
        at=event.at, moved_at=event.moved_at,
    )  # fmt: skip


@subscribe(PaymentDisputeClosed)
def note_dispute_end(event: PaymentDisputeClosed) -> None:
    """The bank decided: the lines have it back, or lose it."""
    actions.close_dispute(
        order_ref=event.order_ref, dispute_ref=event.dispute_ref, won=event.won, actor=ORDERS, at=event.at,
        moved_at=event.moved_at,
    )  # fmt: skip


@subscribe(OrderPaid)
def deliver_digital(event: OrderPaid) -> None:
    """An order of digital goods only is fulfilled by being paid."""
    order = queries.order_by_ref(event.order_ref)
    if order is None or order.fulfilment_state != FulfilmentState.OPEN:
        return
    if not order.lines.exclude(product_kind="digital").exists():
        actions.mark_fulfilled(order=order, actor=ORDERS, at=event.at)
