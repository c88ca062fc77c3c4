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
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def net_minor(self) -> int:
        """Return gross less discount less tax."""
        return self.gross_minor - self.discount_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class Own:
    """What one version of a contract has in a period that is trued up by lines of its own.

    `revenue_minor` and `credited` are what its sales kept after refunds. `beside` is what its lines were
    paid beside the tier's pay: by other parts of a hybrid, by a minimum, less what a cap took.
    """

    revenue_minor: Fraction = Fraction(0)
    credited: Fraction = Fraction(0)
    beside: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a rule has seen before this sale: its cap's use, and its period's totals.

    Revenue is what the participant was credited with: a line's net times its share. `count` is of
    lines, `credited` the sum of their shares; None means that every line was credited whole.
    `cap_used` is what was used of each of the rule's caps, in their order. With `own`, a rule that pays
    whole periods pays this sale at the tier it reaches, and the rest of the period has a line of its own.
    `has_paid` says that the rule paid other lines of this very sale before, which was priced in parts.
    """

    used_minor: int = 0
    revenue_minor: Fraction | int = 0
    count: int = 0
    earned_minor: int = 0
    credited: Fraction | None = None
    cap_used: tuple[int, ...] = ()
    own: Own | None = None
    has_paid: bool = False


@dataclass(frozen=True, slots=True)
class Sale:
    """A charge of a customer.

    `share` is the participant's part of the conversion: a rule pays it of what the whole would earn.
    `progress` is what each rule has seen before, by rule id; `before` stands for rules it
    does not name. Months are counted in the calendar of the zone of `first_charge_at`. A `country` or
    `partner` of None is not known; a site, campaign or placement of None is known to be none. Metadata
    of a line goes before the sale's. With `only`, other lines were priced before and are known as facts alone.
    """

    at: datetime
    lines: tuple[Line, ...]
    charge_number: int = 1
    first_charge_at: datetime | None = None
    site: str | None = None
    campaign: str | None = None
    placement: str | None = None
    partner: str | None = None
    country: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    share: Fraction = Fraction(1)
    before: Progress = Progress()
    progress: Mapping[str, Progress] = field(default_factory=dict)
    only: frozenset[str] | None = None

    @property
    def net_minor(self) -> int:
        """Return the net of all lines, also of those that were priced before."""
        return sum(line.net_minor for line in self.lines)

    @property
    def priced(self) -> tuple[Line, ...]:
        """The lines that are to be priced, in their order."""
        return tuple(line for line in self.lines if self.only is None or line.id in self.only)

    def before_rule(self, rule_id: str) -> Progress:
        """Return what the rule has seen before this sale."""
        return self.progress.get(rule_id, self.before)
