"""The brand's periods: months, half-months or weeks in its time zone, without gap or overlap when that changes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from kernel.errors import InvalidInput
from kernel.periods import Cadence, Period, period_of
from kernel.sentences import sentence

LABEL = r"20[0-9]{2}-((0[1-9]|1[0-2])(-H[12])?|W[0-5][0-9])"
_LABEL = re.compile(r"(20[0-9]{2})-(?:(0[1-9]|1[0-2])(?:-H([12]))?|W([0-5][0-9]))")
FIRST = Cadence.MONTH


@dataclass(frozen=True, slots=True)
class Change:
    """From this local midnight on, periods are of this cadence."""

    starts_at: datetime
    cadence: Cadence


@dataclass(frozen=True, slots=True)
class Calendar:
    """A zone and the changes of cadence in it, the earliest first; before the first one a period is a month."""

    zone: str
    changes: tuple[Change, ...] = ()

    def cadence_at(self, instant: datetime) -> Cadence:
        """Return the cadence in force at an instant."""
        return next((each.cadence for each in reversed(self.changes) if each.starts_at <= instant), FIRST)

    def period_at(self, instant: datetime) -> Period:
        """Return the one period that holds the instant; the first of a new cadence begins at the change."""
        return self._cut(period_of(self.cadence_at(instant), instant, self.zone), instant)

    def between(self, first: datetime, until: datetime) -> Iterator[Period]:
        """Yield the periods from the one that holds `first` to the last that has ended at `until`."""
        period = self.period_at(first)
        while period.end <= until:
            yield period
            period = self.period_at(period.end)

    def starts(self, first: datetime) -> Iterator[datetime]:
        """Yield the beginnings of periods from the first that is not before an instant: without end."""
        period = self.period_at(first)
        if period.start >= first:
            yield period.start
        while True:
            period = self.period_at(period.end)
            yield period.start

    def named(self, label: str) -> Period:
        """Return the period with this label: 2026-05, 2026-05-H1 or 2026-W21. Raises InvalidInput."""
        cadence, inside = read_label(label)
        natural = period_of(cadence, inside, self.zone)
        starts = [natural.start, *(each.starts_at for each in self.changes if natural.contains(each.starts_at))]
        for start in starts:
            if self.cadence_at(start) is cadence:
                return self._cut(natural, start)
        by = self.cadence_at(inside).replace("_", "-")
        raise InvalidInput(
            field="period", message=sentence("is no period of this brand: it closes by %(by)s then", by=by)
        )

    def _cut(self, natural: Period, instant: datetime) -> Period:
        before = [each.starts_at for each in self.changes if natural.start < each.starts_at <= instant]
        after = [each.starts_at for each in self.changes if instant < each.starts_at < natural.end]
        return replace(natural, start=max(before, default=natural.start), end=min(after, default=natural.end))


def label_of(period: Period) -> str:
    """Return a period's label; one cut short by a change has the label of the whole. Raises ValueError."""
    if period.cadence is None:
        raise ValueError("a period without cadence has no label")
    first = period.first_on
    if period.cadence is Cadence.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    half = "" if period.cadence is Cadence.MONTH else f"-H{1 if first.day < 16 else 2}"
    return f"{first:%Y-%m}{half}"


def changed(calendar: Calendar, *, cadence: Cadence, starts_at: datetime, closed_until: datetime | None) -> Calendar:
    """Return the calendar with one more change of cadence.

    It begins where a period of the old cadence ends, after every change before it, and not inside what is
    closed: so only the first period of the new cadence may be short, and no label comes twice.
    Raises InvalidInput naming the field.
    """
    old = calendar.period_at(starts_at)
    if calendar.changes and starts_at <= calendar.changes[-1].starts_at:
        last = _day(calendar.changes[-1].starts_at, calendar.zone)
        raise InvalidInput(
            field="starts_on", message=sentence("must be after the last change, which is of %(last)s", last=last)
        )
    if closed_until is not None and starts_at < closed_until:
        first = _day(closed_until, calendar.zone)
        raise InvalidInput(
            field="starts_on", message=sentence("lies in a closed period; %(first)s is the first open day", first=first)
        )
    if calendar.cadence_at(starts_at) is cadence:
        raise InvalidInput(
            field="cadence", message=sentence("is %(cadence)s already on that day", cadence=cadence.replace("_", "-"))
        )
    if old.start != starts_at:
        days = f"{_day(old.start, calendar.zone)} or {_day(old.end, calendar.zone)}"
        raise InvalidInput(
            field="starts_on", message=sentence("must be the first day of a period: %(days)s", days=days)
        )
    return replace(calendar, changes=(*calendar.changes, Change(starts_at, cadence)))


def _day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def read_label(label: str) -> tuple[Cadence, datetime]:
    """Return the cadence and an instant that lies inside the period in every zone. Raises InvalidInput."""
    match = _LABEL.fullmatch(label)
    wrong = InvalidInput(field="period", message="must be a period such as 2026-05, 2026-05-H1 or 2026-W21")
    if match is None:
        raise wrong
    year, month, half, week = match.groups()
    if week is not None:
        try:
            day = date.fromisocalendar(int(year), int(week), 4)
        except ValueError:
            raise wrong from None
        return Cadence.WEEK, _noon(day)
    if half is None:
        return Cadence.MONTH, _noon(date(int(year), int(month), 15))
    return Cadence.HALF_MONTH, _noon(date(int(year), int(month), 8 if half == "1" else 22))


def _noon(day: date) -> datetime:
    # Noon in UTC of a day in the middle of a period is inside that period in every zone.
    return datetime.combine(day, time(12), tzinfo=UTC)
