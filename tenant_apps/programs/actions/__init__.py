from tenant_apps.programs.actions.agreeing import set_contract
from tenant_apps.programs.actions.answering import accept, decline
from tenant_apps.programs.actions.drafting import draft_version, edit_draft, propose, withdraw
from tenant_apps.programs.actions.effecting import bring_into_effect
from tenant_apps.programs.actions.enrolling import (
    end_enrollment,
    enroll_partner,
    ensure_program,
    pause_enrollment,
    resume_enrollment,
    set_paper_rule,
)
from tenant_apps.programs.actions.linking import create_link
from tenant_apps.programs.actions.recruiting import set_recruiter

__all__ = [
    "accept",
    "bring_into_effect",
    "create_link",
    "decline",
    "draft_version",
    "edit_draft",
    "end_enrollment",
    "enroll_partner",
    "ensure_program",
    "pause_enrollment",
    "propose",
    "resume_enrollment",
    "set_contract",
    "set_paper_rule",
    "set_recruiter",
    "withdraw",
]
