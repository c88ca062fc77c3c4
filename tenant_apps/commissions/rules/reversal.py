"""Taking commission back with the money, and giving it back with the money: before or after it was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.commissions.rules.clawback import FULL, ClawbackTerms
from tenant_apps.commissions.states import Kind


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


@dataclass(frozen=True, slots=True)
class Return:
    """Money of a line that is back with the customer: a refund, or what a dispute that is open or lost holds.

    `on` is the day on which it went back where another system told no more than that: then that day counts, by the
    brand's calendar, and not `at`, when we heard of it.
    """

    ref: str
    amount_minor: int
    at: datetime
    on: date | None = None

    def since(self, sold_at: datetime) -> datetime:
        """Return from when it counts in books and among others: a day from its midnight in the sale's zone.

        Never before the sale itself.
        """
        if self.on is None:
            return self.at
        return max(sold_at, datetime.combine(self.on, time(), sold_at.tzinfo))

    def day(self, sold_at: datetime) -> date:
        """Return the day on which it went back, in the sale's zone."""
        return self.on or self.at.astimezone(sold_at.tzinfo).date()


@dataclass(frozen=True, slots=True)
class Difference:
    """The line that brings what was taken back to what must be; `due_minor` is that, in all.

    `kept_by_terms` says that the contract leaves something to the partner which the refund would undo.
    """

    kind: Kind
    amount_minor: int
    due_minor: int
    kept_by_terms: bool
    nothing_remains: bool


def difference_for(
    *, commission_minor: int, base_minor: int, returns: Sequence[Return], sold_at: datetime, terms: ClawbackTerms,
    taken_minor: int, was_payable: bool,
) -> Difference:  # fmt: skip
    """Return what is to be written against a commission, whatever happened and in whatever order.

    It depends on what is back now, not on how it came back: a refund, a dispute, one that was won since.
    `taken_minor` is what was taken back so far, with the commission's sign. Below zero the line is a
    reversal, or a clawback of what was payable; above, a reinstatement; zero is nothing to write, but for
    a reason. A line of an order that was given away has `base_minor` 1. Raises ValueError as `due_minor`.
    """
    due = due_minor(
        commission_minor=commission_minor, base_minor=base_minor, returns=returns, sold_at=sold_at, terms=terms
    )
    back = min(base_minor, sum(each.amount_minor for each in returns))
    whole = _part(commission_minor, Fraction(back), base_minor)
    amount = taken_minor - due
    taking = Kind.CLAWBACK if was_payable else Kind.REVERSAL
    return Difference(
        kind=Kind.REINSTATEMENT if amount > 0 else taking, amount_minor=amount, due_minor=due,
        kept_by_terms=due != whole,
        nothing_remains=due == commission_minor if commission_minor else back >= base_minor,
    )  # fmt: skip


def due_minor(
    *, commission_minor: int, base_minor: int, returns: Sequence[Return], sold_at: datetime, terms: ClawbackTerms = FULL
) -> int:
    """Return what must be taken back of a commission in all, with the commission's sign.

    Commission × returned money / base, each return weighed by the part that the terms take back at its
    time, the sum rounded once, half away from zero. The earliest returns come first, and what goes beyond
    the base takes nothing more. So neither when nor in which order we hear of returns nor their number
    matters, and without terms a full one takes exactly everything.
    Raises ValueError for a base that is not positive or a negative return.
    """
    return round_half_away(
        commission_minor * part_back(base_minor=base_minor, returns=returns, sold_at=sold_at, terms=terms)
    )


def part_back(
    *, base_minor: int, returns: Sequence[Return], sold_at: datetime, terms: ClawbackTerms = FULL
) -> Fraction:
    """Return which part of a commission its returns take back under the terms, exact: from 0 to 1.

    Raises ValueError for a base that is not positive or a negative return.
    """
    if base_minor <= 0:
        raise ValueError("a reversal needs a positive base")
    left, weighed = base_minor, Fraction(0)
    for each in sorted(returns, key=lambda each: (each.since(sold_at), each.ref)):
        if each.amount_minor < 0:
            raise ValueError("a refund is not negative")
        counted = min(left, each.amount_minor)
        left -= counted
        weighed += counted * terms.part_taken_back(sold_at=sold_at, returned_at=each.at, returned_on=each.on)
    return weighed / base_minor


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
        due = _part(commission_minor, Fraction(refunded), base_minor)
        status = ReversalStatus.CLAWBACK if refund.paid_out else ReversalStatus.REFUNDED
        reversals.append(Reversal(amount_minor=reversed_minor - due, status=status))
        reversed_minor = due
    return reversals


def _part(commission_minor: int, of: Fraction, base_minor: int) -> int:
    """Return commission × of / base, rounded once, half away from zero."""
    return round_half_away(commission_minor * of / base_minor)
