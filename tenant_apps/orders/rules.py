"""Totals of an order and the spread of a refund. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from kernel.rates import apply_rate
from kernel.splits import split


def included_tax(gross_minor: int, rate: Decimal) -> int:
    """Return the tax contained in a gross amount, rounded once: 119.00 at 0.19 holds 19.00."""
    return apply_rate(gross_minor, Fraction(rate) / (1 + Fraction(rate)))


def refund_spread(refunded_minor: int, left: Sequence[int]) -> list[int]:
    """Spread a refund over lines in proportion to what is left of each, in minor units.

    No line gives back more than it has left, and a refund of all that is left empties every line.
    Raises ValueError when more goes back than is left.
    """
    if refunded_minor > sum(left):
        raise ValueError("more is refunded than is left")
    return split(refunded_minor, left)
