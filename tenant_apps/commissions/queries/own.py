"""A partner's lines with what of the sale it may know: the order's number and what was sold."""

from collections.abc import Iterable
from dataclasses import dataclass

from tenant_apps.commissions.models import Commission
from tenant_apps.orders.queries import SoldLine, sold_lines


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A commission and what was sold; None where it is on no line of an order, as a bonus is."""

    line: Commission
    sold: SoldLine | None


def own_lines(lines: Iterable[Commission]) -> list[OwnLine]:
    """Return lines with what was sold, in one query for all."""
    asked = list(lines)
    sold = sold_lines(line.line_ref for line in asked)
    return [OwnLine(line, sold.get(line.line_ref)) for line in asked]
