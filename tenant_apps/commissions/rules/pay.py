"""What one part of a rule's pay earns on one line, exact, with the steps that lead there."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kernel.money import Money
from kernel.rates import round_half_away
from tenant_apps.commissions.rules.sale import Line, Own
from tenant_apps.commissions.rules.steps import Step
from tenant_apps.commissions.rules.terms import (
    Base,
    CountMode,
    CountTier,
    CountTiers,
    Fixed,
    MarginShare,
    Part,
    Per,
    Percent,
    RevenueMode,
    RevenueTier,
    RevenueTiers,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """A line, and what its rule has seen before it: the period's totals, earlier lines of the sale.

    `share` is the participant's part of the conversion, `revenue_minor` and `credited` are revenue
    and lines counted by such shares; `earned` is what this part has earned in the period. With `own`,
    what the rest of the period is due has a line of its own, and this line is paid for itself alone.
    """

    line: Line
    currency: str
    is_first_line: bool
    share: Fraction
    revenue_minor: Fraction
    count: int
    credited: Fraction
    earned: Fraction
    own: Own | None = None

    @property
    def net_minor(self) -> Fraction:
        """What the participant is credited with of the line's net, exact."""
        return self.line.net_minor * self.share


Earned = tuple[Fraction, list[Step]]


def earned_by(part: Part, situation: Situation) -> Earned:
    """Return the exact, unrounded minor units the part earns on the line, and the steps."""
    match part:
        case Fixed():
            return _fixed(part, situation)
        case Percent():
            return _percent(part, situation)
        case MarginShare():
            return _margin_share(part, situation)
        case RevenueTiers():
            return _revenue_tiers(part, situation)
        case CountTiers():
            return _count_tiers(part, situation)


def due_of_period(part: RevenueTiers | CountTiers, *, own: Own, revenue_minor: Fraction, count: int) -> Fraction:
    """Return what the tier that the period reaches pays for a version's own part of it, exact.

    `revenue_minor` and `count` are of all versions together: they decide the tier.
    """
    if isinstance(part, RevenueTiers):
        return own.revenue_minor * Fraction(reached(part.tiers, revenue_minor).rate)
    # Nothing sold is nothing due, also where tiers begin at one line.
    return own.credited * reached(part.tiers, count).amount_minor if count else Fraction(0)


def reached[Tier: (RevenueTier, CountTier)](tiers: Sequence[Tier], total: Fraction | int) -> Tier:
    """Return the highest tier whose lower bound is reached."""
    return [tier for tier in tiers if tier.lower <= total][-1]


def amount_text(minor: Fraction | int, currency: str) -> str:
    """Write an exact amount in major units, with up to six more decimals than the currency has."""
    exact = Fraction(minor)
    money = Money(round_half_away(exact), currency)
    if exact.denominator == 1:
        return str(money)
    places = money.exponent + 6
    scaled = exact * 10**6
    figure = Decimal(round_half_away(scaled)).scaleb(-places)
    sign = "" if scaled.denominator == 1 else "≈ "
    whole, _, decimals = f"{figure:f}".partition(".")
    return f"{sign}{whole}.{decimals.rstrip('0').ljust(money.exponent, '0') or '0'} {currency}"


def _fixed(part: Fixed, situation: Situation) -> Earned:
    amount = amount_text(part.amount_minor, situation.currency)
    if part.per is Per.UNIT:
        quantity = situation.line.quantity
        return part.amount_minor * quantity * situation.share, [
            Step("fixed_per_unit", {"amount": amount, "quantity": quantity})
        ]
    if situation.is_first_line:
        return part.amount_minor * situation.share, [Step("fixed_per_order", {"amount": amount})]
    return Fraction(0), [Step("fixed_before")]


def _percent(part: Percent, situation: Situation) -> Earned:
    line = situation.line
    if part.base is Base.GROSS:
        base, base_step = line.gross_minor, Step("gross", {"amount": _money(line.gross_minor, situation)})
    else:
        base, base_step = line.net_minor, _net_step(situation)
    return base * Fraction(part.rate) * situation.share, [base_step, Step("rate", {"rate": str(part.rate)})]


def _margin_share(part: MarginShare, situation: Situation) -> Earned:
    line = situation.line
    cost = line.cost_minor * line.quantity
    margin = max(0, line.net_minor - cost)
    return margin * Fraction(part.rate) * situation.share, [
        _net_step(situation),
        Step("cost", {"amount": _money(line.cost_minor, situation), "quantity": line.quantity}),
        Step("margin", {"amount": _money(margin, situation)}),
        Step("rate", {"rate": str(part.rate)}),
    ]


def _revenue_tiers(part: RevenueTiers, situation: Situation) -> Earned:
    before = situation.revenue_minor
    after = before + situation.net_minor
    steps = [
        _net_step(situation),
        Step("revenue_before", {"amount": amount_text(before, situation.currency)}),
        Step("revenue_with", {"amount": amount_text(after, situation.currency)}),
    ]
    if part.mode is RevenueMode.PAST_EACH:
        return _slices(part.tiers, before, after, situation, steps)
    tier = reached(part.tiers, after)
    steps.append(Step("tier", {"lower": _money(tier.lower, situation), "rate": str(tier.rate)}))
    if part.mode is RevenueMode.WHOLE:
        return situation.net_minor * Fraction(tier.rate), steps
    if situation.own is not None:
        return situation.net_minor * Fraction(tier.rate), steps
    return _true_up(after * Fraction(tier.rate), situation, steps)


def _slices(
    tiers: Sequence[RevenueTier], before: Fraction, after: Fraction, situation: Situation, steps: list[Step]
) -> Earned:
    earned = Fraction(0)
    uppers: list[Fraction] = [*(Fraction(tier.lower) for tier in tiers[1:]), after]
    for tier, upper in zip(tiers, uppers, strict=True):
        width = min(after, upper) - max(before, Fraction(tier.lower))
        if width > 0:
            earned += width * Fraction(tier.rate)
            amount, lower = amount_text(width, situation.currency), _money(tier.lower, situation)
            steps.append(Step("slice", {"lower": lower, "amount": amount, "rate": str(tier.rate)}))
    return earned, steps


def _count_tiers(part: CountTiers, situation: Situation) -> Earned:
    count = situation.count + 1
    tier = reached(part.tiers, count)
    amount = _money(tier.amount_minor, situation)
    steps = [
        Step("count_with", {"count": count}),
        Step("tier_each", {"lower": tier.lower, "amount": amount}),
    ]
    if part.mode is CountMode.WHOLE or situation.own is not None:
        return tier.amount_minor * situation.share, steps
    return _true_up((situation.credited + situation.share) * tier.amount_minor, situation, steps)


def _true_up(due: Fraction, situation: Situation, steps: list[Step]) -> Earned:
    steps += [
        Step("due", {"amount": amount_text(due, situation.currency)}),
        Step("earned", {"amount": amount_text(situation.earned, situation.currency)}),
    ]
    return due - situation.earned, steps


def _net_step(situation: Situation) -> Step:
    line = situation.line
    value = _money(line.net_minor, situation)
    if not line.discount_minor and not line.tax_minor:
        return Step("net", {"amount": value})
    parts = {"gross": line.gross_minor, "discount": line.discount_minor, "tax": line.tax_minor}
    return Step("net_of", {name: _money(minor, situation) for name, minor in parts.items()} | {"amount": value})


def _money(minor: int, situation: Situation) -> str:
    return str(Money(minor, situation.currency))
