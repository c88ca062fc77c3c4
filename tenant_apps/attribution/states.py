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


class ImportKind(StrEnum):
    """What the rows of a file are."""

    TOUCHES = "touches"
    CONVERSIONS = "conversions"
    REFUNDS = "refunds"


class ImportState(StrEnum):
    """A file is checked whole, waits for a person's word, is worked off in the background."""

    CHECKED = "checked"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def is_open(self) -> bool:
        return self in (ImportState.QUEUED, ImportState.RUNNING)


IMPORT = Lifecycle(
    "import",
    {
        ImportState.CHECKED: {ImportState.QUEUED, ImportState.DROPPED},
        ImportState.QUEUED: {ImportState.RUNNING},
        ImportState.RUNNING: {ImportState.DONE},
        ImportState.DONE: set(),
        ImportState.DROPPED: set(),
    },
)
