from tenant_apps.commissions.actions.accruing import accrue
from tenant_apps.commissions.actions.deciding import cancel_commission, hold_commission, release_commission
from tenant_apps.commissions.actions.maturing import confirm, confirm_order, mark_paid, mature_due
from tenant_apps.commissions.actions.reversing import claw_back

__all__ = [
    "accrue",
    "cancel_commission",
    "claw_back",
    "confirm",
    "confirm_order",
    "hold_commission",
    "mark_paid",
    "mature_due",
    "release_commission",
]
