"""Splits that always add up: by largest remainder, or in steps of which none takes back what one before gave."""

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


def split_in_steps(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount so that a larger one never gives any part less, and all of the weights gives each its own.

    Minor units go one by one to the part that is furthest behind (divisors 1/2, 3/2, …; ties to the earlier part).
    So what parts get in all depends on the sum of the amounts so far and not on their order: by largest remainder a
    part may have to give a minor unit back when more is split.
    Raises TypeError and ValueError as `split`, and ValueError for a negative amount.
    """
    if amount_minor < 0:
        raise ValueError("an amount that is split in steps is not negative")
    split(amount_minor, weights)  # refuses what no split takes
    total, some = sum(weights), [index for index, weight in enumerate(weights) if weight]
    parts = [(2 * amount_minor * weight + total) // (2 * total) for weight in weights]
    while sum(parts) < amount_minor:
        parts[min(some, key=lambda i: (Fraction(2 * parts[i] + 1, weights[i]), i))] += 1
    while sum(parts) > amount_minor:
        parts[max(some, key=lambda i: (Fraction(2 * parts[i] - 1, weights[i]), i))] -= 1
    return parts


def _weight(weight: Decimal | Fraction | int) -> Fraction:
    if isinstance(weight, bool) or not isinstance(weight, Decimal | Fraction | int):
        raise TypeError("a weight is a Decimal, a Fraction or an int")
    if isinstance(weight, Decimal) and not weight.is_finite():
        raise ValueError("a weight must be finite")
    if weight < 0:
        raise ValueError("a weight must not be negative")
    return Fraction(weight)
