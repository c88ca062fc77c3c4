"""Standard rates of VAT as data: per country, from which day; commission is taxed at the standard rate.

The EU's are those of the Commission's database "Taxes in Europe" (https://ec.europa.eu/taxation_customs/tedb),
with the latest changes of Finland (25.5 % from 1 September 2024), Slovakia (23 % from 1 January 2025), Estonia
(24 % from 1 July 2025) and Romania (21 % from 1 August 2025); Switzerland's is that of Article 25 of its VAT Act
since 1 January 2024. Before 2024 nothing is said here. What changes later, or is missing, an operator says with the
day it begins (`settlements.VatRate`): that comes before this table from that day on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

EU: Final = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
KNOWN_SINCE: Final = date(2024, 1, 1)
_RATES: Final = {
    "AT": "0.20", "BE": "0.21", "BG": "0.20", "CY": "0.19", "CZ": "0.21", "DE": "0.19", "DK": "0.25", "EE": "0.22",
    "ES": "0.21", "FI": "0.24", "FR": "0.20", "GR": "0.24", "HR": "0.25", "HU": "0.27", "IE": "0.23", "IT": "0.22",
    "LT": "0.21", "LU": "0.17", "LV": "0.21", "MT": "0.18", "NL": "0.21", "PL": "0.23", "PT": "0.23", "RO": "0.19",
    "SE": "0.25", "SI": "0.22", "SK": "0.20",
    "GB": "0.20", "CH": "0.081", "NO": "0.25", "KR": "0.10",
}  # fmt: skip
_CHANGES: Final = {
    "FI": (date(2024, 9, 1), "0.255"),
    "SK": (date(2025, 1, 1), "0.23"),
    "EE": (date(2025, 7, 1), "0.24"),
    "RO": (date(2025, 8, 1), "0.21"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A country's rate as an operator said it, from a day until before another; None: until further notice."""

    country: str
    starts_on: date
    rate: Decimal
    ends_on: date | None = None

    def holds_on(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.starts_on <= on and (self.ends_on is None or on < self.ends_on)

    @property
    def is_empty(self) -> bool:
        """Whether it was taken back before it began."""
        return self.ends_on is not None and self.ends_on <= self.starts_on


def standard_rate(country: str, on: date, said: Iterable[Said] = ()) -> Decimal | None:
    """Return a country's standard rate on a day, None where it is not known.

    What operators said comes before the table's rates from its first day on, unless the table knows a later change,
    and leaves them again when it ends.
    """
    rates = [(KNOWN_SINCE, Decimal(_RATES[country]))] if country in _RATES else []
    if country in _CHANGES:
        since, rate = _CHANGES[country]
        rates.append((since, Decimal(rate)))
    rates += [(each.starts_on, each.rate) for each in said if each.country == country and each.holds_on(on)]
    begun = [each for each in rates if each[0] <= on]
    return sorted(begun, key=lambda each: each[0])[-1][1] if begun else None


def in_the_way(country: str, starts_on: date, said: Iterable[Said]) -> Said | None:
    """Return what was said for a country and would hold beside a rate from a day on; None where it may begin."""
    for each in said:
        if each.country == country and not each.is_empty and (each.ends_on is None or each.ends_on > starts_on):
            return each
    return None
