"""Taking commission back in proportion to what was refunded, before or after it was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kernel.rates import round_half_away


class ReversalStatus(StrEnum):
    """A clawback follows a payout; otherwise the commission is refunded before it is paid."""

    CLAWBACK = "clawback"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back to the customer, and whether the commission had been paid out by then."""

    amount_minor: int
    paid_out: bool


@dataclass(frozen=True, slots=True)
class Reversal:
    """A new line against the commission: of the opposite sign, or zero."""

    amount_minor: int
    status: ReversalStatus


def reversals_for(*, commission_minor: int, base_minor: int, refunds: Sequence[Refund]) -> list[Reversal]:
    """Return one reversal per refund, in their order.

    Cumulative: what is reversed so far is commission × refunded so far / base, rounded half
    away from zero, and each refund books the difference. So rounding never adds up, a full
    refund always closes to zero, and refunds beyond the base reverse nothing more.
    Raises ValueError for a base that is not positive or a negative refund.
    """
    if base_minor <= 0:
        raise ValueError("a reversal needs a positive base")
    reversals, refunded, reversed_minor = [], 0, 0
    for refund in refunds:
        if refund.amount_minor < 0:
            raise ValueError("a refund is not negative")
        refunded = min(base_minor, refunded + refund.amount_minor)
        due = round_half_away(Fraction(commission_minor * refunded, base_minor))
        status = ReversalStatus.CLAWBACK if refund.paid_out else ReversalStatus.REFUNDED
        reversals.append(Reversal(amount_minor=reversed_minor - due, status=status))
        reversed_minor = due
    return reversals
