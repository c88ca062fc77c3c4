"""Half-open, zone-aware periods: an instant on a bound belongs to exactly one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kernel.clock import aware


class Cadence(StrEnum):
    """How often a period closes."""

    MONTH = "month"
    HALF_MONTH = "half_month"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Period:
    """`start <= instant < end`, kept in UTC, cut at local midnights of `zone`.

    UTC, because Python compares and subtracts two datetimes of one zone by their wall
    clocks: October in Berlin would come out as 744 hours instead of 745.
    """

    start: datetime
    end: datetime
    zone: str = "UTC"
    cadence: Cadence | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", aware(self.start))
        object.__setattr__(self, "end", aware(self.end))
        if self.end <= self.start:
            raise ValueError("a period ends after it starts")

    def contains(self, instant: datetime) -> bool:
        """Return whether the instant lies inside; the start does, the end does not."""
        return self.start <= aware(instant) < self.end

    def next(self) -> "Period":
        """Return the period that begins where this one ends. Raises ValueError without cadence."""
        return self._neighbour(self.end)

    def previous(self) -> "Period":
        """Return the period that ends where this one begins. Raises ValueError without cadence."""
        return self._neighbour(self.start - timedelta(microseconds=1))

    @property
    def duration(self) -> timedelta:
        """Return the time that really passes, daylight saving included."""
        return self.end - self.start

    @property
    def first_on(self) -> date:
        """Return the first local day."""
        return self.start.astimezone(ZoneInfo(self.zone)).date()

    @property
    def last_on(self) -> date:
        """Return the last local day that lies inside."""
        return (self.end - timedelta(microseconds=1)).astimezone(ZoneInfo(self.zone)).date()

    def _neighbour(self, instant: datetime) -> "Period":
        if self.cadence is None:
            raise ValueError("a period without cadence has no neighbours")
        return period_of(self.cadence, instant, self.zone)


def period_of(cadence: Cadence, instant: datetime, tz: str | ZoneInfo) -> Period:
    """Return the period of the cadence that holds the instant in the zone.

    Raises ValueError for a naive instant and ZoneInfoNotFoundError for an unknown zone.
    """
    zone = tz if isinstance(tz, ZoneInfo) else ZoneInfo(tz)
    first, following = _BOUNDS[cadence](aware(instant).astimezone(zone).date())
    start, end = (datetime.combine(day, time(), tzinfo=zone) for day in (first, following))
    return Period(start, end, zone.key, cadence)


def month_of(instant: datetime, tz: str | ZoneInfo) -> Period:
    """Return the calendar month of the zone that holds the instant."""
    return period_of(Cadence.MONTH, instant, tz)


def half_month_of(instant: datetime, tz: str | ZoneInfo) -> Period:
    """Return the first 15 days or the rest of the month that holds the instant."""
    return period_of(Cadence.HALF_MONTH, instant, tz)


def week_of(instant: datetime, tz: str | ZoneInfo) -> Period:
    """Return the ISO week, Monday to Monday, that holds the instant."""
    return period_of(Cadence.WEEK, instant, tz)


def _month_bounds(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _half_month_bounds(day: date) -> tuple[date, date]:
    first, following = _month_bounds(day)
    middle = first.replace(day=16)
    return (first, middle) if day < middle else (middle, following)


def _week_bounds(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)


_BOUNDS: dict[Cadence, Callable[[date], tuple[date, date]]] = {
    Cadence.MONTH: _month_bounds,
    Cadence.HALF_MONTH: _half_month_bounds,
    Cadence.WEEK: _week_bounds,
}
