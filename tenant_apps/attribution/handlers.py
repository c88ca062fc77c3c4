from shared_apps.outbox.subscribing import subscribe
from tenant_apps.attribution import actions
from tenant_apps.attribution.actions.deciding import ATTRIBUTION
from tenant_apps.orders.events import OrderPaid
from tenant_apps.orders.queries import orders_of_visitor_paid_since
from tenant_apps.tracking.events import TouchRecorded


@subscribe(OrderPaid)
def decide_attribution(event: OrderPaid) -> None:
    """Decide who brought the order as soon as it is paid."""
    actions.decide(order_ref=event.order_ref, at=event.at)


@subscribe(TouchRecorded)
def weigh_late_touch(event: TouchRecorded) -> None:
    """A touch that reached us after the payment it came before: the orders it belongs to are decided again."""
    for order_ref in orders_of_visitor_paid_since(event.visitor_ref, event.at):
        actions.redecide(order_ref=order_ref, cause=f"touch:{event.touch_ref}", actor=ATTRIBUTION, at=event.at)
