"""Standard rates of VAT as data: per country, from which day; commission is taxed at the standard rate."""

from datetime import date
from decimal import Decimal
from typing import Final

EU: Final = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
_STEADY: Final = {
    "AT": "0.20", "BE": "0.21", "BG": "0.20", "CY": "0.19", "CZ": "0.21", "DE": "0.19", "DK": "0.25", "ES": "0.21",
    "FR": "0.20", "GR": "0.24", "HR": "0.25", "HU": "0.27", "IE": "0.23", "IT": "0.22", "LT": "0.21", "LU": "0.17",
    "LV": "0.21", "MT": "0.18", "NL": "0.21", "PL": "0.23", "PT": "0.23", "SE": "0.25", "SI": "0.22",
    "GB": "0.20", "CH": "0.081", "NO": "0.25", "KR": "0.10",
}  # fmt: skip
_CHANGED: Final = {
    "EE": ((date(2024, 1, 1), "0.22"), (date(2025, 7, 1), "0.24")),
    "FI": ((date(2013, 1, 1), "0.24"), (date(2024, 9, 1), "0.255")),
    "RO": ((date(2017, 1, 1), "0.19"), (date(2025, 8, 1), "0.21")),
    "SK": ((date(2011, 1, 1), "0.20"), (date(2025, 1, 1), "0.23")),
}


def standard_rate(country: str, on: date) -> Decimal | None:
    """Return a country's standard rate on a day, None where we do not know it."""
    if country in _STEADY:
        return Decimal(_STEADY[country])
    rates = [rate for since, rate in _CHANGED.get(country, ()) if since <= on]
    return Decimal(rates[-1]) if rates else None
