from tenant_apps.settlements.actions.adjusting import (
    approve_adjustment,
    decline_adjustment,
    propose_adjustment,
    propose_write_off,
)
from tenant_apps.settlements.actions.approving import approve, approve_period
from tenant_apps.settlements.actions.batching import approve_batch, make_batch, send_batch, withdraw_batch
from tenant_apps.settlements.actions.calendar import change_cadence
from tenant_apps.settlements.actions.closing import close_period
from tenant_apps.settlements.actions.correcting import approve_correction, decline_correction, propose_correction
from tenant_apps.settlements.actions.filing import download_file, say_paying_account, write_file
from tenant_apps.settlements.actions.issuing import issue_statement
from tenant_apps.settlements.actions.paying import (
    confirm_batch,
    confirm_payout,
    fail_payout,
    request_payout,
    return_payout,
)
from tenant_apps.settlements.actions.rehearsing import Drafted, Rehearsal, rehearse_close
from tenant_apps.settlements.actions.setting_off import propose_set_off
from tenant_apps.settlements.actions.taxing import end_vat_rate, say_vat_rate
from tenant_apps.settlements.actions.transferring import follow_failure, follow_reversal, follow_success

__all__ = [
    "Drafted",
    "Rehearsal",
    "approve",
    "approve_adjustment",
    "approve_batch",
    "approve_correction",
    "approve_period",
    "change_cadence",
    "close_period",
    "confirm_batch",
    "confirm_payout",
    "decline_adjustment",
    "decline_correction",
    "download_file",
    "end_vat_rate",
    "fail_payout",
    "follow_failure",
    "follow_reversal",
    "follow_success",
    "issue_statement",
    "make_batch",
    "propose_adjustment",
    "propose_correction",
    "propose_set_off",
    "propose_write_off",
    "rehearse_close",
    "request_payout",
    "return_payout",
    "say_paying_account",
    "say_vat_rate",
    "send_batch",
    "withdraw_batch",
    "write_file",
]
