from enum import StrEnum

from kernel.lifecycle import Lifecycle


class LeadState(StrEnum):
    NEW = "new"
    CONTACTED = "contacted"
    WON = "won"
    LOST = "lost"


LEAD = Lifecycle(
    "lead",
    {
        LeadState.NEW: {LeadState.CONTACTED, LeadState.WON, LeadState.LOST},
        LeadState.CONTACTED: {LeadState.WON, LeadState.LOST},
        LeadState.LOST: {LeadState.CONTACTED, LeadState.WON},
        LeadState.WON: set(),
    },
)
