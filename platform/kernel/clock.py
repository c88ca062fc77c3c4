"""The one wall clock, and the one reader of instants. Nothing here is ever naive."""

import re
from datetime import UTC, date, datetime, timedelta

from kernel.errors import InvalidInput

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?([Zz]|[+-]\d\d:?\d\d(:\d\d)?)", re.ASCII)
_ANY_OFFSET = timedelta(days=1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def utc_now() -> datetime:
    """Return the present instant in UTC: the only place that asks the machine for it."""
    return datetime.now(UTC)


def parse_instant(text: object, *, field: str = "at") -> datetime:
    """Read an ISO 8601 instant with offset and return it in UTC.

    Without an offset an instant is a guess, so it is refused, as are plain dates and
    impossible ones: also those that some zone's calendar has no day for, since they could be
    kept but never be shown. Raises InvalidInput naming `field`.
    """
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise InvalidInput(field=field, message='must be an ISO 8601 instant with offset, "2026-03-10T12:00:00Z"')
    try:
        instant = datetime.fromisoformat(text.upper().replace(",", ".")).astimezone(UTC)
        _ = instant - _ANY_OFFSET, instant + _ANY_OFFSET
    except (ValueError, OverflowError) as error:
        raise InvalidInput(field=field, message="is no instant of the calendar") from error
    return instant


def parse_day(text: object, *, field: str = "date") -> date:
    """Read an ISO 8601 calendar day such as 2026-05-31. Raises InvalidInput naming `field`."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise InvalidInput(field=field, message="must be a day such as 2026-05-31")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(field=field, message="is no day of the calendar") from error


def aware(instant: datetime) -> datetime:
    """Return the instant in UTC; raise ValueError when it is naive."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError("a datetime without a zone is not an instant")
    return instant.astimezone(UTC)
