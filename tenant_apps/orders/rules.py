"""Totals of an order and the spread of a refund. Pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from kernel.rates import apply_rate
from kernel.sentences import sentence
from kernel.splits import split


def included_tax(gross_minor: int, rate: Decimal) -> int:
    """Return the tax contained in a gross amount, rounded once: 119.00 at 0.19 holds 19.00."""
    return apply_rate(gross_minor, Fraction(rate) / (1 + Fraction(rate)))


def wrong_day(refunded_on: date, *, sold_on: date, today: date) -> str:
    """Return why money of a sale cannot have gone back on a day; empty when it can. Days are the brand's."""
    if refunded_on > today:
        return sentence("lies in the future; today is %(today)s", today=today.isoformat())
    return sentence("lies before the sale of %(day)s", day=sold_on.isoformat()) if refunded_on < sold_on else ""


def refund_spread(refunded_minor: int, left: Sequence[int]) -> list[int]:
    """Spread a refund over lines in proportion to what is left of each, in minor units.

    No line gives back more than it has left, and a refund of all that is left empties every line.
    Raises ValueError when more goes back than is left.
    """
    if refunded_minor > sum(left):
        raise ValueError("more is refunded than is left")
    return split(refunded_minor, left)
