"""A sale restated in the contract's currency at a stated rate: each amount of a line rounded once, then never again."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from kernel.money import Money
from kernel.rates import round_half_away
from tenant_apps.commissions.rules.sale import Line
from tenant_apps.commissions.rules.steps import Step

OLDEST_RATE_DAYS = 7
"""Banks publish no rates at weekends and on holidays: the last one before counts, but no older one."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one unit of `base` is worth in `quote`, of which day and by whom it is said."""

    base: str
    quote: str
    rate: Decimal
    day: date
    source: str

    def minor(self, minor: int) -> int:
        """Return an amount of `base` in minor units of `quote`, rounded once, half away from zero."""
        shift = Money.zero(self.quote).exponent - Money.zero(self.base).exponent
        return round_half_away(minor * Fraction(self.rate) * Fraction(10) ** shift)

    def line(self, line: Line) -> Line:
        """Return a line of the sale in the contract's currency; its net is the difference of rounded amounts."""
        return replace(
            line, gross_minor=self.minor(line.gross_minor), discount_minor=self.minor(line.discount_minor),
            tax_minor=self.minor(line.tax_minor), cost_minor=self.minor(line.cost_minor),
        )  # fmt: skip

    def steps(self, line: Line) -> list[Step]:
        """Return how a line of the sale came into the contract's currency."""
        return [
            Step("sold_for", {"amount": str(Money(line.gross_minor, self.base))}),
            Step(
                "exchange",
                {
                    "base": self.base,
                    "quote": self.quote,
                    "units": f"{self.rate.normalize():f}",
                    "day": str(self.day),
                    "source": self.source,
                },
            ),
        ]
