from shared_apps.outbox.subscribing import subscribe
from tenant_apps.attribution import actions
from tenant_apps.orders.events import OrderPaid


@subscribe(OrderPaid)
def decide_attribution(event: OrderPaid) -> None:
    """Decide who brought the order as soon as it is paid."""
    actions.decide(order_ref=event.order_ref, at=event.at)
