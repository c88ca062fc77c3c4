"""Which payouts may stand in a batch, and on which day a bank is asked to pay. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tenant_apps.settlements.states import BatchMethod


class Blocked(StrEnum):
    """Why a payout cannot leave by a method now; `unpayable` comes with what no bank would take."""

    PROFILE_INCOMPLETE = "profile_incomplete"
    FROZEN = "frozen"
    OTHER_METHOD = "other_method"
    UNPAYABLE = "unpayable"


WAYS = {
    BatchMethod.SEPA: "bank", BatchMethod.CSV: "bank", BatchMethod.STRIPE: "stripe", BatchMethod.MANUAL: "manual",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What decides: what the partner lacks, how it wants to be paid, until when it is frozen, what a bank refuses."""

    gaps: tuple[str, ...]
    way: str
    frozen_until: datetime | None
    refused: str


def blocked_because(ready: Readiness, *, method: BatchMethod, at: datetime) -> Blocked | None:
    """Return the first reason that keeps a payout out of a batch of this method; None when nothing does."""
    if ready.gaps:
        return Blocked.PROFILE_INCOMPLETE
    if ready.frozen_until is not None and at < ready.frozen_until:
        return Blocked.FROZEN
    if ready.way != WAYS[method]:
        return Blocked.OTHER_METHOD
    return Blocked.UNPAYABLE if ready.refused else None


def banking_day(day: date) -> date:
    """Return the day itself or the next Monday: banks execute on weekdays (their holidays shift it further)."""
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() >= 5 else 0)
