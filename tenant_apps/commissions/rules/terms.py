"""The terms of a contract: an ordered list of rules, of which the first that matches pays."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Charge(StrEnum):
    """Which charges of a customer a rule is for."""

    ANY = "any"
    FIRST = "first"
    RETURNING = "returning"


class Per(StrEnum):
    """What a fixed amount is paid for."""

    ORDER = "order"
    UNIT = "unit"


class Base(StrEnum):
    """What a percentage is taken of; net is gross less discount less tax."""

    NET = "net"
    GROSS = "gross"


class Measure(StrEnum):
    """What climbs through the tiers during a period."""

    REVENUE = "period_revenue"
    COUNT = "period_count"


class Counter(StrEnum):
    """How long tiers, caps and bonuses count before they begin anew, in the brand's time zone."""

    MONTH = "month"
    QUARTER = "quarter"
    LIFETIME = "lifetime"


class RevenueMode(StrEnum):
    """How revenue tiers pay: each slice, the whole line, or all of the period."""

    PAST_EACH = "past_each"
    WHOLE = "whole"
    ALL = "all"


class CountMode(StrEnum):
    """How count tiers pay: the line at the tier it reaches, or all of the period."""

    WHOLE = "whole"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Fixed:
    """An amount per order (on the first line the rule matches) or per unit."""

    amount_minor: int
    per: Per


@dataclass(frozen=True, slots=True)
class Percent:
    """A rate of the line's net or gross."""

    rate: Decimal
    base: Base = Base.NET


@dataclass(frozen=True, slots=True)
class MarginShare:
    """A rate of the line's net less its cost, never below zero."""

    rate: Decimal


@dataclass(frozen=True, slots=True)
class RevenueTier:
    """A rate from a lower bound of period revenue, in minor units, upwards."""

    lower: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RevenueTiers:
    """Rates that depend on the period's revenue; lower bounds only, so no gap or overlap."""

    mode: RevenueMode
    tiers: tuple[RevenueTier, ...]
    period: Counter = Counter.MONTH


@dataclass(frozen=True, slots=True)
class CountTier:
    """An amount per line from a lower bound of lines in the period upwards."""

    lower: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CountTiers:
    """Amounts that depend on how many lines the period has had."""

    mode: CountMode
    tiers: tuple[CountTier, ...]
    period: Counter = Counter.MONTH


Part = Fixed | Percent | MarginShare | RevenueTiers | CountTiers


@dataclass(frozen=True, slots=True)
class Pay:
    """What a rule pays: the sum of its parts, one unless it is a hybrid."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of which both are inside; None is no bound."""

    lowest: int | None = None
    highest: int | None = None

    def holds(self, value: int) -> bool:
        """Return whether the value lies between the bounds."""
        above = self.lowest is None or value >= self.lowest
        return above and (self.highest is None or value <= self.highest)

    @property
    def is_bounded(self) -> bool:
        """Whether there is a bound at all."""
        return self.lowest is not None or self.highest is not None


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule; what is None does not matter, all the others must hold.

    Amounts are net, in the contract's currency: `amount_minor` of the line, `order_minor` of all lines.
    `metadata` lists for each key the values that fit.
    """

    product: tuple[str, ...] | None = None
    charge: Charge = Charge.ANY
    charge_number: Range = Range()
    site: tuple[str, ...] | None = None
    campaign: tuple[str, ...] | None = None
    placement: tuple[str, ...] | None = None
    partner: tuple[str, ...] | None = None
    country: tuple[str, ...] | None = None
    customer_age_months: Range = Range()
    quantity: Range = Range()
    amount_minor: Range = Range()
    order_minor: Range = Range()
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()


class CapScope(StrEnum):
    """What a cap is counted for; all but `partner` count what this rule paid."""

    CUSTOMER = "customer"
    ORDER = "order"
    PERIOD = "period"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that is paid for one customer, order or period, or to one partner by all rules together."""

    per: CapScope
    amount_minor: int
    period: Counter = Counter.LIFETIME


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much a rule pays; None is no limit."""

    max_charges: int | None = None
    max_months: int | None = None
    min_minor: int | None = None
    max_minor: int | None = None
    cap_minor: int | None = None
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the ordered list."""

    id: str
    pay: Pay
    when: When = field(default_factory=When)
    limits: Limits = field(default_factory=Limits)

    @property
    def tiers(self) -> tuple[RevenueTiers | CountTiers, ...]:
        """The parts that climb through tiers."""
        return tuple(part for part in self.pay.parts if isinstance(part, RevenueTiers | CountTiers))

    @property
    def trued_up(self) -> RevenueTiers | CountTiers | None:
        """The part that pays a whole period at the tier it reaches; a rule has one at most."""
        return next((part for part in self.tiers if part.mode == "all"), None)

    @property
    def counter(self) -> Counter:
        """How long the rule's tiers count; the same for all its parts."""
        return self.tiers[0].period if self.tiers else Counter.MONTH


class LevelOf(StrEnum):
    """What a level is a rate of: the net that the recruit is credited with, or the recruit's commission."""

    SALE = "sale"
    COMMISSION = "commission"


@dataclass(frozen=True, slots=True)
class Level:
    """What a partner earns on the sales of those it recruited: level 1 itself, level 2 through them."""

    level: int
    of: LevelOf
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Bonus:
    """An amount paid once in a period that reaches so many minor units of net revenue, or so many lines."""

    id: str
    measure: Measure
    reach: int
    amount_minor: int
    counter: Counter = Counter.MONTH


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms in one currency; amounts are stated in it and never converted."""

    currency: str
    rules: tuple[Rule, ...]
    levels: tuple[Level, ...] = ()
    bonuses: tuple[Bonus, ...] = ()

    @property
    def looks_back(self) -> bool:
        """Whether anything is paid by what went before: such sales are computed one after the other."""
        limits = [rule.limits for rule in self.rules]
        capped = any(limit.caps or limit.cap_minor is not None for limit in limits)
        return capped or bool(self.bonuses) or any(rule.tiers for rule in self.rules)

    def level(self, number: int) -> Level | None:
        """Return the terms of a level, None where nothing is agreed for it."""
        return next((level for level in self.levels if level.level == number), None)
