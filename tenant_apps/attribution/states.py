from enum import StrEnum

from kernel.lifecycle import Lifecycle


class DealState(StrEnum):
    """A registered prospect: the first that is qualified is protected until its clock runs out."""

    SUBMITTED = "submitted"
    QUALIFIED = "qualified"
    REJECTED = "rejected"
    WON = "won"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """The partner or the brand may still do something about it."""
        return self in (DealState.SUBMITTED, DealState.QUALIFIED)


DEAL = Lifecycle(
    "deal",
    {
        DealState.SUBMITTED: {DealState.QUALIFIED, DealState.REJECTED, DealState.WITHDRAWN},
        DealState.QUALIFIED: {DealState.WON, DealState.EXPIRED, DealState.WITHDRAWN},
        DealState.WON: set(),
        DealState.EXPIRED: set(),
        DealState.REJECTED: set(),
        DealState.WITHDRAWN: set(),
    },
)


class SuspicionState(StrEnum):
    """Two sales that look like one: a person decides, nothing is dropped by itself."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


SUSPICION = Lifecycle(
    "duplicate suspicion",
    {
        SuspicionState.OPEN: {SuspicionState.CONFIRMED, SuspicionState.DISMISSED},
        SuspicionState.CONFIRMED: set(),
        SuspicionState.DISMISSED: set(),
    },
)
