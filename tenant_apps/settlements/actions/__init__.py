from tenant_apps.settlements.actions.approving import approve, approve_period
from tenant_apps.settlements.actions.calendar import change_cadence
from tenant_apps.settlements.actions.closing import close_period
from tenant_apps.settlements.actions.issuing import issue_statement
from tenant_apps.settlements.actions.paying import confirm_payout, fail_payout, request_payout

__all__ = [
    "approve",
    "approve_period",
    "change_cadence",
    "close_period",
    "confirm_payout",
    "fail_payout",
    "issue_statement",
    "request_payout",
]
