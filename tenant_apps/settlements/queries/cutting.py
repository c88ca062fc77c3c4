"""How the brand cuts time into periods: by what it closes, and from when on it may close otherwise."""

from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from kernel.periods import Cadence
from tenant_apps.settlements.calendar import brand_calendar
from tenant_apps.settlements.queries.settling import closed_until


def cadence_at(at: datetime) -> Cadence:
    """Return by what the brand closes at an instant."""
    return brand_calendar().cadence_at(at)


def possible_starts(at: datetime, *, count: int = 12) -> list[date]:
    """Return the next days on which another cadence may begin: where open periods do, after the last change."""
    calendar = brand_calendar()
    changed = [change.starts_at + timedelta.resolution for change in calendar.changes]
    first = max([closed_until() or at, *changed])
    zone = ZoneInfo(calendar.zone)
    return [start.astimezone(zone).date() for start in islice(calendar.starts(first), count)]
