"""The only writers of disputes of credit."""

from tenant_apps.disputes.actions.closing import close_due, decide_dispute, withdraw_dispute
from tenant_apps.disputes.actions.filing import file_claim
from tenant_apps.disputes.actions.freezing import freeze_late
from tenant_apps.disputes.actions.hearing import add_evidence, answer_dispute, summon
from tenant_apps.disputes.actions.opening import open_dispute
from tenant_apps.disputes.actions.policing import set_policy
from tenant_apps.disputes.actions.rehearsing import Movement, rehearse_claim, rehearse_decision
from tenant_apps.disputes.actions.submitting import open_submitted, submit_claim

__all__ = [
    "Movement",
    "add_evidence",
    "answer_dispute",
    "close_due",
    "decide_dispute",
    "file_claim",
    "freeze_late",
    "open_dispute",
    "open_submitted",
    "rehearse_claim",
    "rehearse_decision",
    "set_policy",
    "submit_claim",
    "summon",
    "withdraw_dispute",
]
