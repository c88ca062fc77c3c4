"""Totals of an order and the spread of a refund. Pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from kernel.rates import apply_rate
from kernel.sentences import sentence
from kernel.splits import split, split_in_steps


def included_tax(gross_minor: int, rate: Decimal) -> int:
    """Return the tax contained in a gross amount, rounded once: 119.00 at 0.19 holds 19.00."""
    return apply_rate(gross_minor, Fraction(rate) / (1 + Fraction(rate)))


def wrong_day(refunded_on: date, *, sold_on: date, today: date) -> str:
    """Return why money of a sale cannot have gone back on a day; empty when it can. Days are the brand's."""
    if refunded_on > today:
        return sentence("lies in the future; today is %(today)s", today=today.isoformat())
    return sentence("lies before the sale of %(day)s", day=sold_on.isoformat()) if refunded_on < sold_on else ""


def refund_spread(refunded_minor: int, *, totals: Sequence[int], gone: Sequence[int]) -> list[int]:
    """Spread what goes back over lines in proportion to what they cost, in minor units; `gone` went back before.

    By cumulative difference: what is gone in all is split by what the lines cost, and each line gives what it is
    behind. So refunds in any order, in one or in parts, leave each line the same. Where a won dispute gave back what
    it had taken, lines may be a minor unit off, and what goes back next evens them out.
    No line gives back more than it has left. Raises ValueError when more goes back than is left.
    """
    after = sum(gone) + refunded_minor
    if after > sum(totals):
        raise ValueError("more is refunded than is left")
    targets = split_in_steps(after, totals)
    behind = [max(0, target - before) for target, before in zip(targets, gone, strict=True)]
    return split(refunded_minor, behind)
