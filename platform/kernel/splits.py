"""Splits that always add up: the largest-remainder method over exact fractions."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def split(amount_minor: int, weights: Sequence[Decimal | Fraction | int]) -> list[int]:
    """Split an amount by weights so that the parts sum to the whole.

    Each part gets the floor of its exact share; what is left goes, one minor unit
    each, to the largest remainders, ties to the earlier part. A negative amount
    splits like its positive with the sign turned, so a refund mirrors its sale.
    Raises TypeError for floats, ValueError for weights that are negative, all zero,
    missing or not finite.
    """
    if isinstance(amount_minor, bool) or not isinstance(amount_minor, int):
        raise TypeError("an amount is an integer in minor units")
    exact = [_weight(weight) for weight in weights]
    total = sum(exact, Fraction(0))
    if total == 0:
        raise ValueError("at least one weight must be greater than zero")
    whole = abs(amount_minor)
    shares = [whole * weight / total for weight in exact]
    parts = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i))
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return parts if amount_minor >= 0 else [-part for part in parts]


def _weight(weight: Decimal | Fraction | int) -> Fraction:
    if isinstance(weight, bool) or not isinstance(weight, Decimal | Fraction | int):
        raise TypeError("a weight is a Decimal, a Fraction or an int")
    if isinstance(weight, Decimal) and not weight.is_finite():
        raise ValueError("a weight must be finite")
    if weight < 0:
        raise ValueError("a weight must not be negative")
    return Fraction(weight)
