"""Instants carry offsets; periods are half-open and know their zone."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import aware, parse_instant, utc_now
from kernel.errors import InvalidInput
from kernel.periods import Cadence, Period, half_month_of, month_of, period_of, week_of

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "Asia/Seoul",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Cairo",
    ]
)
INSTANTS = st.datetimes(
    datetime(2008, 1, 1),  # noqa: DTZ001 (Hypothesis wants naive bounds)
    datetime(2036, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("month", "hours"),
    [("2026-10-15T12:00:00Z", 745), ("2026-03-15T12:00:00Z", 743), ("2026-05-01T00:00:00Z", 744)],
)
def test_months_in_berlin_last_as_long_as_they_do(month: str, hours: int) -> None:
    period = month_of(parse_instant(month), "Europe/Berlin")
    assert period.duration == timedelta(hours=hours)


def test_a_month_is_cut_at_local_midnight_and_half_open() -> None:
    october = month_of(parse_instant("2026-10-01T00:00:00+02:00"), "Europe/Berlin")
    assert october.start == parse_instant("2026-09-30T22:00:00Z")
    assert october.end == parse_instant("2026-10-31T23:00:00Z")
    assert october.contains(october.start)
    assert not october.contains(october.end)
    assert (october.first_on, october.last_on) == (date(2026, 10, 1), date(2026, 10, 31))


def test_one_instant_is_in_two_months_in_two_zones() -> None:
    instant = parse_instant("2026-01-31T16:00:00Z")
    assert month_of(instant, "Asia/Seoul").first_on == date(2026, 2, 1)
    assert month_of(instant, "America/New_York").first_on == date(2026, 1, 1)


def test_half_months_and_weeks() -> None:
    instant = parse_instant("2028-02-16T00:00:00Z")
    assert (half_month_of(instant, "UTC").first_on, half_month_of(instant, "UTC").last_on) == (
        date(2028, 2, 16),
        date(2028, 2, 29),
    )
    assert half_month_of(instant - timedelta(seconds=1), "UTC").last_on == date(2028, 2, 15)
    week = week_of(parse_instant("2026-11-22T23:59:59Z"), ZoneInfo("UTC"))
    assert (week.first_on, week.last_on) == (date(2026, 11, 16), date(2026, 11, 22))


@given(instant=INSTANTS, zone=ZONES, cadence=st.sampled_from(Cadence))
def test_periods_tile_time_without_gap_or_overlap(instant: datetime, zone: str, cadence: Cadence) -> None:
    period = period_of(cadence, instant, zone)
    assert period.contains(instant)
    assert period.next().start == period.end
    assert period.previous().end == period.start
    assert period.next().previous() == period
    assert not period.next().contains(instant)


def test_a_period_ends_after_it_starts_and_knows_neighbours_only_by_cadence() -> None:
    start = parse_instant("2026-01-01T00:00:00Z")
    with pytest.raises(ValueError, match="ends after"):
        Period(start, start)
    with pytest.raises(ValueError, match="cadence"):
        Period(start, start + timedelta(days=1)).next()


def test_a_period_is_kept_in_utc_and_ends_on_the_day_of_its_last_moment() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 5, 4, tzinfo=berlin)
    period = Period(midnight - timedelta(days=1), midnight + timedelta(microseconds=1), "Europe/Berlin")
    assert (period.start.tzinfo, period.end.tzinfo) == (UTC, UTC)
    assert (period.first_on, period.last_on) == (date(2026, 5, 3), date(2026, 5, 4))


def test_naive_datetimes_are_no_instants() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    for use in (aware, lambda moment: month_of(moment, "UTC")):
        with pytest.raises(ValueError, match="zone"):
            use(naive)
    assert utc_now().utcoffset() == timedelta(0)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        month_of(utc_now(), "Europe/Atlantis")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-10T12:00:00Z",
        "2026-03-10t12:00:00z",
        "2026-03-10T21:00:00+09:00",
        "2026-03-10T12:00:00.000000+00:00",
        "2026-03-10 12:00+0000",
    ],
)
def test_instants_are_read_into_utc(text: str) -> None:
    assert parse_instant(text) == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-10T12:00:00",
        "2026-03-10",
        "2026-02-30T00:00:00Z",
        "2026-03-10T25:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-W10-1T00:00:00Z",
        "٢٠٢٦-03-10T12:00:00Z",
        "now",
        "",
        1773144000,
        None,
    ],
)
def test_guesses_are_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_instant(text, field="touches[0].at")
    assert caught.value.field == "touches[0].at"


def test_any_offset_is_brought_to_utc() -> None:
    east = timezone(timedelta(hours=9))
    assert aware(datetime(2026, 1, 1, 9, tzinfo=east)) == datetime(2026, 1, 1, tzinfo=UTC)
