"""Decimal rates and the one rounding of the house: half away from zero."""

import re
from decimal import Decimal
from fractions import Fraction

from kernel.errors import InvalidInput

_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def round_half_away(value: Decimal | Fraction | int) -> int:
    """Round to the nearest whole number, halves away from zero.

    Exact at any size: no decimal context is involved. Raises TypeError for floats
    and ValueError for a Decimal that is not finite.
    """
    exact = _exact(value)
    doubled = 2 * abs(exact.numerator) + exact.denominator
    magnitude = doubled // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude


def apply_rate(minor: int, rate: Decimal | Fraction) -> int:
    """Return `minor × rate` in minor units, rounded once."""
    return round_half_away(_exact(minor) * _exact(rate))


def parse_rate(text: object, *, field: str = "rate") -> Decimal:
    """Read a plain decimal string such as "0.40" into a Decimal.

    Numbers, exponents, signs of plus, NaN and infinity are refused: a rate that
    went through a float somewhere is no longer the rate that was agreed.
    Raises InvalidInput naming `field`.
    """
    if not isinstance(text, str) or not _PLAIN_DECIMAL.fullmatch(text):
        raise InvalidInput(field=field, message='must be a decimal string such as "0.40"')
    return Decimal(text)


def _exact(value: Decimal | Fraction | int) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, Decimal | Fraction | int):
        raise TypeError(f"exact number expected, got {type(value).__name__}")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("a finite number is expected")
    return Fraction(value)
