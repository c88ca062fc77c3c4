"""The only writers of orders' tables."""

from tenant_apps.orders.actions.checkout import open_checkout
from tenant_apps.orders.actions.disputes import apply_dispute, close_dispute
from tenant_apps.orders.actions.importing import ToldSale, import_sale
from tenant_apps.orders.actions.outside import ToldRefund, record_outside_refund
from tenant_apps.orders.actions.placing import place_order
from tenant_apps.orders.actions.progress import mark_fulfilled, mark_paid
from tenant_apps.orders.actions.refunds import apply_refund, refund_order

__all__ = [
    "ToldRefund",
    "ToldSale",
    "apply_dispute",
    "apply_refund",
    "close_dispute",
    "import_sale",
    "mark_fulfilled",
    "mark_paid",
    "open_checkout",
    "place_order",
    "record_outside_refund",
    "refund_order",
]
