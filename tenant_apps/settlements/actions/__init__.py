from tenant_apps.settlements.actions.approving import approve, approve_period
from tenant_apps.settlements.actions.batching import approve_batch, make_batch, send_batch, withdraw_batch
from tenant_apps.settlements.actions.calendar import change_cadence
from tenant_apps.settlements.actions.closing import close_period
from tenant_apps.settlements.actions.filing import download_file, say_paying_account, write_file
from tenant_apps.settlements.actions.issuing import issue_statement
from tenant_apps.settlements.actions.paying import confirm_payout, fail_payout, request_payout, return_payout
from tenant_apps.settlements.actions.rehearsing import Drafted, Rehearsal, rehearse_close
from tenant_apps.settlements.actions.taxing import say_vat_rate
from tenant_apps.settlements.actions.transferring import follow_failure, follow_reversal, follow_success

__all__ = [
    "Drafted",
    "Rehearsal",
    "approve",
    "approve_batch",
    "approve_period",
    "change_cadence",
    "close_period",
    "confirm_payout",
    "download_file",
    "fail_payout",
    "follow_failure",
    "follow_reversal",
    "follow_success",
    "issue_statement",
    "make_batch",
    "rehearse_close",
    "request_payout",
    "return_payout",
    "say_paying_account",
    "say_vat_rate",
    "send_batch",
    "withdraw_batch",
    "write_file",
]
