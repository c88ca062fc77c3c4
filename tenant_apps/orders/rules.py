"""Totals of an order and the spread of a refund. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kernel.rates import apply_rate
from kernel.splits import split

COUNTRY = re.compile(r"[A-Z]{2}")
MOST_METADATA, LONGEST_KEY, LONGEST_VALUE = 20, 40, 200


def included_tax(gross_minor: int, rate: Decimal) -> int:
    """Return the tax contained in a gross amount, rounded once: 119.00 at 0.19 holds 19.00."""
    return apply_rate(gross_minor, Fraction(rate) / (1 + Fraction(rate)))


def wrong_facts(country: str, metadata: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what is wrong with the facts given beside an order, as `{field, message}`; empty when nothing is."""
    errors = []
    if country and not COUNTRY.fullmatch(country):
        errors.append({"field": "country", "message": "must be a country code of two capital letters, such as DE"})
    if len(metadata) > MOST_METADATA:
        errors.append({"field": "metadata", "message": f"must have at most {MOST_METADATA} entries"})
    for key, value in metadata.items():
        if not 1 <= len(key) <= LONGEST_KEY or not 1 <= len(value) <= LONGEST_VALUE:
            message = f"needs a name of 1 to {LONGEST_KEY} and a value of 1 to {LONGEST_VALUE} characters"
            errors.append({"field": f"metadata.{key}", "message": message})
    return errors


def refund_spread(refunded_minor: int, left: Sequence[int]) -> list[int]:
    """Spread a refund over lines in proportion to what is left of each, in minor units.

    No line gives back more than it has left, and a refund of all that is left empties every line.
    Raises ValueError when more goes back than is left.
    """
    if refunded_minor > sum(left):
        raise ValueError("more is refunded than is left")
    return split(refunded_minor, left)
