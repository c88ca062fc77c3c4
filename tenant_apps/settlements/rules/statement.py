"""From opening to closing balance: what a month nets, what is paid out, what carries on."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Negative(StrEnum):
    """What the next month does with a negative closing balance."""

    CARRY = "carry"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Month:
    """The movements of a period in minor units; a clawback is given as a positive amount."""

    earned_minor: int = 0
    clawback_minor: int = 0
    adjustment_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Return earned less clawed back plus adjustments."""
        return self.earned_minor - self.clawback_minor + self.adjustment_minor


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A settled period: opening + net − payout = closing, always."""

    opening_minor: int
    net_minor: int
    payout_minor: int
    closing_minor: int


def settled(*, opening_minor: int, month: Month, minimum_minor: int) -> ClosedMonth:
    """Close one period.

    The whole balance is paid out when it is positive and reaches the minimum; otherwise it
    stays, also when it is negative. Raises ValueError for a negative minimum.
    """
    if minimum_minor < 0:
        raise ValueError("a minimum payout is not negative")
    balance = opening_minor + month.net_minor
    payout = balance if balance > 0 and balance >= minimum_minor else 0
    return ClosedMonth(
        opening_minor=opening_minor,
        net_minor=month.net_minor,
        payout_minor=payout,
        closing_minor=balance - payout,
    )


def next_opening(closing_minor: int, negative: Negative) -> int:
    """Return what the following period opens with: the closing, or 0 where debts are reset."""
    return 0 if closing_minor < 0 and negative is Negative.RESET else closing_minor


def months_of(
    *, opening_minor: int, minimum_minor: int, negative: Negative, months: Iterable[Month]
) -> list[ClosedMonth]:
    """Close consecutive periods, each opening with what the one before left."""
    closed: list[ClosedMonth] = []
    opening = opening_minor
    for month in months:
        closed.append(settled(opening_minor=opening, month=month, minimum_minor=minimum_minor))
        opening = next_opening(closed[-1].closing_minor, negative)
    return closed
