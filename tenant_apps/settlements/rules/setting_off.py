"""How much of a debt at one brand may be set off against what another owes. Pure; one currency, one legal entity."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil


@dataclass(frozen=True, slots=True)
class Untaxed:
    """A sum of lines in no settlement yet, and the rates its close will tax it by.

    `vat_rate` is that of an earlier settlement of which it takes back; 0 for what is settled first.
    """

    amount_minor: int
    withholding_rate: Decimal
    vat_rate: Decimal = Decimal(0)


def after_taxes(balance_minor: int, untaxed: Iterable[Untaxed]) -> int:
    """Return the part of a balance that stays when the next close has taxed its lines, never nearer the other side.

    What is owed is less by what will be withheld, and by VAT that goes back with what is taken back; a debt is less by
    withholding that is given back. VAT to come is not counted upon: it may make either larger, and then is settled.
    """
    sums = list(untaxed)
    withheld = sum((Fraction(each.amount_minor) * Fraction(each.withholding_rate) for each in sums), Fraction(0))
    vat = sum((Fraction(each.amount_minor) * Fraction(each.vat_rate) for each in sums), Fraction(0))
    if balance_minor > 0:
        return max(0, balance_minor - max(0, ceil(withheld)) - max(0, ceil(-vat)))
    return min(0, balance_minor + max(0, ceil(-withheld)))


def most_to_set_off(owed_minor: int, balance_there_minor: int) -> int:
    """Return the most that leaves neither side turned: not more than one owes, not more than is owed to the other.

    `owed_minor` is what the paying brand owes and no settlement pays yet, `balance_there_minor` what the other brand
    owes the same partner, below zero where the partner owes it; of both, what stays after taxes.
    """
    return max(0, min(owed_minor, -balance_there_minor))
