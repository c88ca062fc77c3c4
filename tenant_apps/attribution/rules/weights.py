"""How each model weighs a pool of touches, oldest first. Weights sum to anything above 0."""

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

from tenant_apps.attribution.rules.policy import Model, Policy

_PRECISION = Context(prec=60)
_MAX_HALVINGS = 2000


def weights_for(policy: Policy, ages: Sequence[Fraction]) -> list[Fraction]:
    """Return the weight of each touch of the pool, given their ages in days, oldest first.

    Exact, except that time decay rounds 2^-x for a fractional x to 60 digits: far below
    any minor unit, and the same on every machine.
    """
    count = len(ages)
    if count == 0:
        return []
    match policy.model:
        case Model.LAST:
            return [Fraction(0)] * (count - 1) + [Fraction(1)]
        case Model.FIRST:
            return [Fraction(1)] + [Fraction(0)] * (count - 1)
        case Model.LINEAR:
            return [Fraction(1)] * count
        case Model.POSITION:
            return _position(Fraction(policy.first), Fraction(policy.last), count)
        case Model.BONUS:
            return _bonus(Fraction(policy.first_bonus), Fraction(policy.last_bonus), count)
        case Model.TIME_DECAY:
            return _time_decay(Fraction(policy.half_life_days), ages)


def _position(first: Fraction, last: Fraction, count: int) -> list[Fraction]:
    if count == 1:
        return [Fraction(1)]
    if count == 2:
        return [first, last]  # prorated: a split only looks at the ratio
    middle = (1 - first - last) / (count - 2)
    return [first] + [middle] * (count - 2) + [last]


def _bonus(first: Fraction, last: Fraction, count: int) -> list[Fraction]:
    weights = [(1 - first - last) / count] * count
    weights[0] += first
    weights[-1] += last
    return weights


def _time_decay(half_life: Fraction, ages: Sequence[Fraction]) -> list[Fraction]:
    halvings = [age / half_life for age in ages]
    # Only ratios count, so whole halvings that all touches share are dropped, and more
    # than 2000 are as good as 2000: neither tiny nor huge numbers appear.
    shared = min(int(x) for x in halvings)
    return [_two_to_minus(x - int(x)) / 2 ** min(int(x) - shared, _MAX_HALVINGS) for x in halvings]


def _two_to_minus(x: Fraction) -> Fraction:
    if x == 0:
        return Fraction(1)
    exponent = _PRECISION.divide(Decimal(-x.numerator), Decimal(x.denominator))
    return Fraction(_PRECISION.power(Decimal(2), exponent))
