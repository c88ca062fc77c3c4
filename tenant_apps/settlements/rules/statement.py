"""From opening to closing balance: what a month nets, what is paid out, what carries on."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kernel.rates import apply_rate
from tenant_apps.settlements.rules.reserve import reserved


class Negative(StrEnum):
    """What the next month does with a negative closing balance."""

    CARRY = "carry"
    CAP = "cap"
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
class Terms:
    """What a contract says of payouts: the least, the part kept in reserve, the most of one that debts may take."""

    minimum_minor: int = 0
    reserve_rate: Decimal = Decimal(0)
    clawback_share: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A settled period: opening + net + tax + released − held − payout = closing, always.

    `tax_minor` is VAT less withholding; `held_minor` goes into the reserve, `released_minor` comes out of it.
    """

    opening_minor: int
    net_minor: int
    payout_minor: int
    closing_minor: int
    tax_minor: int = 0
    held_minor: int = 0
    released_minor: int = 0


def settled(
    *, opening_minor: int, month: Month, minimum_minor: int = 0, terms: Terms | None = None, tax_minor: int = 0,
    released_minor: int = 0,
) -> ClosedMonth:  # fmt: skip
    """Close one period, with a minimum payout or with all the terms.

    The balance is paid out when it is positive and reaches the minimum; otherwise it stays, also when it
    is negative. Of a positive net the reserve keeps its part first. Debts (a negative opening, clawbacks)
    may take only so much of what would be paid without them: the rest of them carries on as a negative
    closing. Raises ValueError for a negative minimum.
    """
    terms = terms or Terms(minimum_minor=minimum_minor)
    if terms.minimum_minor < 0:
        raise ValueError("a minimum payout is not negative")
    balance = opening_minor + month.net_minor + tax_minor + released_minor
    held = reserved(net_minor=month.earned_minor - month.clawback_minor, balance_minor=balance, rate=terms.reserve_rate)
    left = balance - held
    debts = max(-opening_minor, 0) + month.clawback_minor
    undiminished = max(left + debts, 0)
    due = max(left, undiminished - apply_rate(undiminished, terms.clawback_share))
    payout = due if due > 0 and due >= terms.minimum_minor else 0
    return ClosedMonth(
        opening_minor=opening_minor, net_minor=month.net_minor, payout_minor=payout, closing_minor=left - payout,
        tax_minor=tax_minor, held_minor=held, released_minor=released_minor,
    )  # fmt: skip


def next_opening(closing_minor: int, negative: Negative, cap_minor: int = 0) -> int:
    """Return what the following period opens with: the closing, or of a debt what is not written off."""
    if closing_minor >= 0 or negative is Negative.CARRY:
        return closing_minor
    return 0 if negative is Negative.RESET else max(closing_minor, -cap_minor)


def months_of(
    *, opening_minor: int, minimum_minor: int, negative: Negative, months: Iterable[Month], cap_minor: int = 0
) -> list[ClosedMonth]:
    """Close consecutive periods, each opening with what the one before left."""
    closed: list[ClosedMonth] = []
    opening = opening_minor
    for month in months:
        closed.append(settled(opening_minor=opening, month=month, minimum_minor=minimum_minor))
        opening = next_opening(closed[-1].closing_minor, negative, cap_minor)
    return closed
