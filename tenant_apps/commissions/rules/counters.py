"""Which period a sale counts in: the brand's month, quarter, or all its time with the partner."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kernel.clock import aware
from kernel.periods import month_of
from tenant_apps.commissions.rules.terms import Counter


@dataclass(frozen=True, slots=True)
class Window:
    """`start <= instant < end`, with the name that lines keep; without bounds it is for ever."""

    key: str
    start: datetime | None = None
    end: datetime | None = None


def window_of(counter: Counter, at: datetime, zone: str) -> Window:
    """Return the period of a counter that holds the instant, cut at the zone's own midnights."""
    if counter is Counter.LIFETIME:
        return Window(counter.value)
    if counter is Counter.MONTH:
        month = month_of(at, zone)
        return Window(f"{month.first_on:%Y-%m}", month.start, month.end)
    local = aware(at).astimezone(ZoneInfo(zone))
    quarter = (local.month - 1) // 3
    starts = [(local.year, quarter * 3 + 1), (local.year + (quarter == 3), (quarter * 3 + 3) % 12 + 1)]
    start, end = (aware(datetime(*day, 1, tzinfo=ZoneInfo(zone))) for day in starts)
    return Window(f"{local.year}-Q{quarter + 1}", start, end)
