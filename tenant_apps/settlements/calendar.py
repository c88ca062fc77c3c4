"""The brand's months: their labels, and which of them may be closed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from kernel.errors import InvalidInput
from kernel.periods import Period, month_of
from shared_apps.brands.entering import entered_brand

_LABEL = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def brand_zone() -> str:
    """Return the time zone of the entered brand."""
    return entered_brand().timezone


def month_named(label: str, *, zone: str) -> Period:
    """Return the month with this label, such as 2026-05, in a zone. Raises InvalidInput."""
    match = _LABEL.fullmatch(label)
    if match is None:
        raise InvalidInput(field="period", message="must be a month such as 2026-05")
    # The middle of a month is in that month in every zone.
    return month_of(datetime(int(match[1]), int(match[2]), 15, tzinfo=UTC), zone)


def label_of(month: Period) -> str:
    """Return the month's label."""
    return f"{month.first_on:%Y-%m}"


def months_between(first: datetime, until: datetime, *, zone: str) -> Iterator[Period]:
    """Yield the months from the one that holds `first` to the last that has ended at `until`."""
    month = month_of(first, zone)
    while month.end <= until:
        yield month
        month = month.next()
