"""The facts of a sale that commission rules look at, and what went before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the order; amounts are totals of the line in minor units, cost is per unit."""

    id: str
    product: str
    gross_minor: int
    quantity: int = 1
    discount_minor: int = 0
    tax_minor: int = 0
    cost_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Return gross less discount less tax."""
        return self.gross_minor - self.discount_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class Progress:
    """What a rule has seen before this sale: its cap's use, and its period's totals.

    Revenue is what the participant was credited with: a line's net times its share. `count` is of
    lines, `credited` the sum of their shares; None means that every line was credited whole.
    """

    used_minor: int = 0
    revenue_minor: Fraction | int = 0
    count: int = 0
    earned_minor: int = 0
    credited: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A charge of a customer.

    `share` is the participant's part of the conversion: a rule pays it of what the whole would earn.
    `progress` is what each rule has seen before, by rule id; `before` stands for rules it
    does not name. Months are counted in the calendar of the zone of `first_charge_at`.
    """

    at: datetime
    lines: tuple[Line, ...]
    charge_number: int = 1
    first_charge_at: datetime | None = None
    site: str | None = None
    campaign: str | None = None
    share: Fraction = Fraction(1)
    before: Progress = Progress()
    progress: Mapping[str, Progress] = field(default_factory=dict)

    def before_rule(self, rule_id: str) -> Progress:
        """Return what the rule has seen before this sale."""
        return self.progress.get(rule_id, self.before)
