from tenant_apps.commissions.actions.accruing import accrue
from tenant_apps.commissions.actions.confirming import confirm_selected
from tenant_apps.commissions.actions.deciding import cancel_commission, hold_commission, release_commission
from tenant_apps.commissions.actions.duplicating import hold_duplicate, release_duplicate
from tenant_apps.commissions.actions.exchanging import record_exchange_rate
from tenant_apps.commissions.actions.freezing import Outcome, freeze_share, unfreeze
from tenant_apps.commissions.actions.maturing import confirm, confirm_order, mark_paid, mature_due
from tenant_apps.commissions.actions.pricing_again import price_again
from tenant_apps.commissions.actions.pricing_selected import Pricing, price_selected, rehearse_pricing
from tenant_apps.commissions.actions.reattributing import reattribute
from tenant_apps.commissions.actions.reversing import follow_money
from tenant_apps.commissions.actions.trueing import true_up_order, true_up_period
from tenant_apps.commissions.actions.writing import write_manual_line

__all__ = [
    "Outcome",
    "Pricing",
    "accrue",
    "cancel_commission",
    "confirm",
    "confirm_order",
    "confirm_selected",
    "follow_money",
    "freeze_share",
    "hold_commission",
    "hold_duplicate",
    "mark_paid",
    "mature_due",
    "price_again",
    "price_selected",
    "reattribute",
    "record_exchange_rate",
    "rehearse_pricing",
    "release_commission",
    "release_duplicate",
    "true_up_order",
    "true_up_period",
    "unfreeze",
    "write_manual_line",
]
