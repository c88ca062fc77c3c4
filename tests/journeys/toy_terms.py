"""What the toy is told: sales, and the terms that pay them; as plain as the toy itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo


def half_away(exact: Fraction) -> int:
    """Round half away from zero."""
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    rounded = whole + (2 * rest >= exact.denominator)
    return rounded if exact >= 0 else -rounded


def month_of(at: datetime, zone: str) -> str:
    """The month by the clocks and calendars of a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.year}-{local.month:02}"


@dataclass
class Sale:
    """An order: what was paid, by whom it was brought, what went back, what a bank holds back."""

    key: str
    total: int
    units: int
    paid_at: datetime
    touches: list[str]
    first_at: datetime
    is_first: bool
    agents: list[str] = field(default_factory=list)
    award: dict[str, Fraction] | None = None
    refunded: int = 0
    disputed: dict[str, int] = field(default_factory=dict)
    fulfilled_at: datetime | None = None

    @property
    def back(self) -> int:
        return min(self.total, self.refunded + sum(self.disputed.values()))


@dataclass(frozen=True)
class Climb:
    """Pay that climbs with what is sold in a month: from a lower bound on each tier's rate, or its sum for each sale.

    `past_each` pays every slice of the month at its own tier, `whole` a sale at the tier that is reached with it,
    `all` the whole month at that tier.
    """

    rule: str
    mode: str
    tiers: tuple[tuple[int, Fraction], ...]
    counts: bool = False

    def reached(self, height: Fraction | int) -> Fraction:
        """The highest tier whose bound is reached; where nothing is, the lowest."""
        return [value for bound, value in self.tiers if bound <= height or bound == self.tiers[0][0]][-1]

    def slices(self, low: Fraction | int, high: Fraction | int) -> Fraction:
        """Every slice between two heights at its own tier's rate."""
        bounds = [bound for bound, _ in self.tiers[1:]]
        earned = Fraction(0)
        for (start, rate), end in zip(self.tiers, [*bounds, max(high, *bounds, 0)], strict=True):
            earned += max(Fraction(0), Fraction(min(high, end)) - max(low, start)) * rate
        return earned


@dataclass(frozen=True, eq=False)
class Terms:
    """From an instant on: what a sale pays, how long money is held, whether customers keep the terms.

    `levels` pay of what recruits sell or earn, by how far below they are. `kept_back` is the part of a month's net
    that is kept for `kept_for` after the month.
    """

    since: datetime
    pays: Callable[[Sale], Fraction] | Climb
    hold: timedelta
    pinned: bool
    levels: dict[int, tuple[str, Fraction]]
    kept_back: Fraction
    kept_for: timedelta


def granting(shares: dict[str, Fraction], claimant: str, part: Fraction) -> dict[str, Fraction]:
    """Everybody's part when the claimant has this much: first what nobody has, then of the others in proportion."""
    own = shares.get(claimant, Fraction(0))
    others = sum(shares.values()) - own
    missing = max(Fraction(0), part - own - max(Fraction(0), 1 - others - own))
    if part < own or missing > others:
        raise ValueError("there is not so much to give")
    after = {name: share * (others - missing) / others for name, share in shares.items() if name != claimant}
    return {name: share for name, share in (after | {claimant: part}).items() if share}
