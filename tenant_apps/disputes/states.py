from enum import StrEnum

from kernel.lifecycle import Lifecycle


class DisputeState(StrEnum):
    """A claim is opened, heard until its deadline, and ends by a person's decision, the clock or its claimant.

    One on a sale in which the claimant had no part is submitted first: nobody but the brand knows of it.
    """

    SUBMITTED = "submitted"
    OPENED = "opened"
    HEARING = "hearing"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        return self in (DisputeState.SUBMITTED, DisputeState.OPENED, DisputeState.HEARING)


HEARD = (DisputeState.OPENED, DisputeState.HEARING)
"""A claim holds something in these."""

DISPUTE = Lifecycle(
    "dispute of credit",
    {
        DisputeState.SUBMITTED: {DisputeState.OPENED, DisputeState.WITHDRAWN, DisputeState.EXPIRED},
        DisputeState.OPENED: {DisputeState.HEARING, DisputeState.WITHDRAWN},
        DisputeState.HEARING: {DisputeState.DECIDED, DisputeState.WITHDRAWN, DisputeState.EXPIRED},
        DisputeState.DECIDED: set(),
        DisputeState.WITHDRAWN: set(),
        DisputeState.EXPIRED: set(),
    },
)


class Outcome(StrEnum):
    """What became of what was claimed."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"


class Grounds(StrEnum):
    """Why credit is claimed: a closed list, so that claims can be counted."""

    TOUCH_MISSING = "touch_missing"
    CODE_IGNORED = "code_ignored"
    REGISTERED_DEAL = "registered_deal"
    OWN_CUSTOMER = "own_customer"
    WRONG_SHARE = "wrong_share"
    OTHER = "other"


class Position(StrEnum):
    """What a counterparty says to a claim."""

    CONTESTS = "contests"
    AGREES = "agrees"
