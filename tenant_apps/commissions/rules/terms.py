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


Part = Fixed | Percent | MarginShare | RevenueTiers | CountTiers


@dataclass(frozen=True, slots=True)
class Pay:
    """What a rule pays: the sum of its parts, one unless it is a hybrid."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule; what is None does not matter, all the others must hold."""

    product: tuple[str, ...] | None = None
    charge: Charge = Charge.ANY
    min_charge_number: int | None = None
    max_charge_number: int | None = None
    site: tuple[str, ...] | None = None
    campaign: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much a rule pays; None is no limit."""

    max_charges: int | None = None
    max_months: int | None = None
    min_minor: int | None = None
    cap_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the ordered list."""

    id: str
    pay: Pay
    when: When = field(default_factory=When)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms in one currency; amounts are stated in it and never converted."""

    currency: str
    rules: tuple[Rule, ...]
