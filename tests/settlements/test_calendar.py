"""Periods of every cadence, in every zone: each instant in exactly one, also where the cadence changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.periods import Cadence
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import entered_brand
from tenant_apps.settlements import errors
from tenant_apps.settlements.actions import change_cadence, close_period
from tenant_apps.settlements.documents import period_text
from tenant_apps.settlements.models import CadenceChange, Settlement, SettlementLine
from tenant_apps.settlements.queries import OpenPeriod, open_periods
from tenant_apps.settlements.rules.calendar import Calendar, Change, changed, label_of
from tests.settlements.books import ANNA, AUGUST, JULY, JUNE, MAY, earned, enrolled

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Seoul", "Pacific/Auckland", "Asia/Kathmandu")
# Both nights of 2026 in which each zone's clocks change; Seoul and Kathmandu have none, and any night will do.
NIGHTS = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Asia/Seoul": (date(2026, 3, 29), date(2026, 10, 25)),
    "Pacific/Auckland": (date(2026, 4, 5), date(2026, 9, 27)),
    "Asia/Kathmandu": (date(2026, 3, 29), date(2026, 10, 25)),
}
SECOND = timedelta(seconds=1)
AUTUMN = datetime(2025, 10, 1, tzinfo=UTC)


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cadence", Cadence)
def test_a_second_around_every_bound_lies_in_exactly_one_period(zone: str, cadence: Cadence) -> None:
    calendar = Calendar(zone, (Change(midnight(date(2025, 1, 1), zone), cadence),))
    until = midnight(date(2028, 6, 1), zone)
    periods = list(calendar.between(midnight(date(2025, 12, 20), zone), until))
    assert all(before.end == after.start for before, after in pairwise(periods))
    assert len({label_of(period) for period in periods}) == len(periods)
    bounds = [period.end for period in periods[:-1]]
    nights = [midnight(night, zone) + timedelta(hours=hours) for night in NIGHTS[zone] for hours in range(6)]
    for instant in [bound + by for bound in [*bounds, *nights] for by in (-SECOND, timedelta(0), SECOND)]:
        (holding,) = [period for period in periods if period.contains(instant)]
        assert calendar.period_at(instant) == holding
        assert calendar.named(label_of(holding)) == holding


@pytest.mark.parametrize(
    ("cadence", "day", "label"),
    [
        (Cadence.MONTH, date(2026, 1, 29), "2026-01"),
        (Cadence.MONTH, date(2026, 1, 30), "2026-01"),
        (Cadence.MONTH, date(2026, 1, 31), "2026-01"),
        (Cadence.MONTH, date(2028, 2, 29), "2028-02"),
        (Cadence.HALF_MONTH, date(2026, 2, 15), "2026-02-H1"),
        (Cadence.HALF_MONTH, date(2026, 2, 28), "2026-02-H2"),
        (Cadence.HALF_MONTH, date(2028, 2, 29), "2028-02-H2"),
        (Cadence.HALF_MONTH, date(2026, 4, 30), "2026-04-H2"),
        (Cadence.WEEK, date(2026, 5, 24), "2026-W21"),
        (Cadence.WEEK, date(2027, 1, 3), "2026-W53"),
        (Cadence.WEEK, date(2025, 12, 29), "2026-W01"),
    ],
)
def test_the_last_days_of_short_and_long_months_have_their_label(cadence: Cadence, day: date, label: str) -> None:
    for zone in ZONES:
        calendar = Calendar(zone, (Change(midnight(date(2020, 1, 1), zone), cadence),))
        assert label_of(calendar.period_at(midnight(day, zone))) == label
        assert label_of(calendar.period_at(midnight(day, zone) + timedelta(hours=22))) == label


def test_a_change_inside_a_week_makes_its_first_week_short() -> None:
    calendar = Calendar("Europe/Berlin", (Change(midnight(date(2026, 7, 1), "Europe/Berlin"), Cadence.WEEK),))
    june = calendar.period_at(datetime(2026, 6, 15, tzinfo=UTC))
    first, second = calendar.period_at(june.end), calendar.period_at(calendar.period_at(june.end).end)
    assert [(label_of(each), each.first_on, each.last_on) for each in (june, first, second)] == [
        ("2026-06", date(2026, 6, 1), date(2026, 6, 30)),
        ("2026-W27", date(2026, 7, 1), date(2026, 7, 5)),
        ("2026-W28", date(2026, 7, 6), date(2026, 7, 12)),
    ]
    assert calendar.named("2026-W27") == first
    for label in ("2026-07", "2026-06-H1", "2026-W26"):
        with pytest.raises(InvalidInput, match="closes by"):
            calendar.named(label)


@given(
    zone=st.sampled_from(ZONES),
    steps=st.lists(st.tuples(st.sampled_from(Cadence), st.integers(1, 9)), max_size=5),
    seconds=st.integers(0, 500 * 86_400),
)
def test_however_often_the_cadence_changes_no_time_is_lost_or_counted_twice(
    zone: str, steps: list[tuple[Cadence, int]], seconds: int
) -> None:
    start = midnight(date(2026, 1, 1), zone)
    calendar, day = Calendar(zone), start
    for cadence, periods in steps:
        for _ in range(periods):
            day = calendar.period_at(day).end
        if calendar.cadence_at(day) is not cadence:
            calendar = changed(calendar, cadence=cadence, starts_at=day, closed_until=None)
    periods = list(calendar.between(start, start + timedelta(days=800)))
    assert periods[0].start == start
    assert all(before.end == after.start for before, after in pairwise(periods))
    labels = [label_of(period) for period in periods]
    assert len(set(labels)) == len(labels)
    instant = start + timedelta(seconds=seconds)
    (holding,) = [period for period in periods if period.contains(instant)]
    assert calendar.period_at(instant) == calendar.named(label_of(holding)) == holding


@pytest.mark.parametrize(
    ("cadence", "day", "closed", "field", "said"),
    [
        (Cadence.WEEK, date(2026, 6, 10), None, "starts_on", "2026-06-01 or 2026-07-01"),
        (Cadence.MONTH, date(2026, 6, 1), None, "cadence", "is month already"),
        (Cadence.WEEK, date(2026, 6, 1), date(2026, 7, 1), "starts_on", "2026-07-01 is the first open day"),
    ],
)
def test_a_change_that_would_tear_a_period_is_refused(
    cadence: Cadence, day: date, closed: date | None, field: str, said: str
) -> None:
    zone = "Europe/Berlin"
    until = midnight(closed, zone) if closed else None
    with pytest.raises(InvalidInput, match=said) as refused:
        changed(Calendar(zone), cadence=cadence, starts_at=midnight(day, zone), closed_until=until)
    assert refused.value.field == field


def test_a_change_before_the_last_one_is_refused() -> None:
    zone = "Asia/Seoul"
    calendar = Calendar(zone, (Change(midnight(date(2026, 7, 1), zone), Cadence.WEEK),))
    with pytest.raises(InvalidInput, match="after the last change, which is of 2026-07-01"):
        changed(calendar, cadence=Cadence.HALF_MONTH, starts_at=midnight(date(2026, 6, 1), zone), closed_until=None)


@pytest.mark.parametrize("label", ["2026-W00", "2026-W54", "2025-W53", "2026-05-H3", "2026-W1", "1999-05"])
def test_a_label_that_names_no_period_is_refused(label: str) -> None:
    with pytest.raises(InvalidInput, match="must be a period") as refused:
        Calendar("UTC").named(label)
    assert refused.value.field == "period"


def test_a_brand_goes_over_to_weeks_and_every_line_is_settled_once(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    zone = in_aurora.timezone
    bounds = [midnight(day, zone) for day in (date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 15))]
    earned(nord, 1, MAY)
    for place, bound in enumerate(bounds):
        earned(nord, 10 ** (2 * place + 1), bound - SECOND)
        earned(nord, 10 ** (2 * place + 2), bound)
    change = change_cadence(cadence=Cadence.WEEK, starts_on=date(2026, 6, 1), actor=ANNA, at=MAY)
    assert AuditEvent.objects.get(subject_id=change.public_id).verb == "cadence.changed"
    assert [each.label for each in open_periods(bounds[2])] == ["2026-05", "2026-W23", "2026-W24"]
    for label in ("2026-05", "2026-W23", "2026-W24", "2026-W25"):
        close_period(label=label, actor=ANNA, at=JULY)
    assert list(Settlement.objects.order_by("pk").values_list("period__label", "earned_minor")) == [
        ("2026-05", 11), ("2026-W23", 1_100), ("2026-W24", 110_000), ("2026-W25", 1_000_000),
    ]  # fmt: skip


def test_a_change_inside_a_closed_period_is_refused_and_writes_nothing(in_aurora: Any) -> None:
    earned(enrolled(in_aurora), 100, MAY)
    close_period(label="2026-05", actor=ANNA, at=JUNE)
    with pytest.raises(InvalidInput, match="2026-06-01 is the first open day"):
        change_cadence(cadence=Cadence.WEEK, starts_on=date(2026, 5, 1), actor=ANNA, at=JUNE)
    assert CadenceChange.objects.count() == 0
    change_cadence(cadence=Cadence.HALF_MONTH, starts_on=date(2026, 6, 1), actor=ANNA, at=JUNE)
    with pytest.raises(InvalidInput, match="closes by half-month"):
        close_period(label="2026-06", actor=ANNA, at=AUGUST)
    with pytest.raises(errors.PeriodNotEnded):
        close_period(label="2026-06-H2", actor=ANNA, at=midnight(date(2026, 7, 1), in_aurora.timezone) - SECOND)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cadence", Cadence)
def test_lines_a_second_around_bounds_and_clock_changes_stand_in_one_settlement_each(
    in_aurora: Any, zone: str, cadence: Cadence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The days 29, 30 and 31, the ends of months, halves and weeks, both nights of the clock: each line once."""
    monkeypatch.setattr(entered_brand(), "timezone", zone)
    nord, first = enrolled(in_aurora, effective_from=AUTUMN), midnight(date(2025, 12, 1), zone)
    if cadence is not Cadence.MONTH:
        change_cadence(cadence=cadence, starts_on=date(2025, 12, 1), actor=ANNA, at=first)
    days = [date(2026, 1, 29), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 16), date(2026, 3, 30)]
    instants = [midnight(day, zone) for day in days]
    instants += [midnight(night, zone) + timedelta(hours=hour) for night in NIGHTS[zone] for hour in (2, 3)]
    instants = sorted({instant + by for instant in instants for by in (-SECOND, timedelta(0), SECOND)})
    for number, instant in enumerate(instants):
        earned(nord, number + 1, instant)
    expected: dict[str, int] = {}
    for number, instant in enumerate(instants):
        label = told(instant.astimezone(ZoneInfo(zone)), cadence)
        expected[label] = expected.get(label, 0) + number + 1
    for period in open_periods(midnight(date(2026, 12, 1), zone)):
        close_period(label=period.label, actor=ANNA, at=period.ends_at)
    assert dict(Settlement.objects.exclude(earned_minor=0).values_list("period__label", "earned_minor")) == expected
    assert SettlementLine.objects.count() == len(instants)


def told(local: datetime, cadence: Cadence) -> str:
    """Name the period as one reads it off a wall clock and a calendar on the wall."""
    if cadence is Cadence.WEEK:
        return local.strftime("%G-W%V")
    return local.strftime("%Y-%m") + ("" if cadence is Cadence.MONTH else "-H1" if local.day <= 15 else "-H2")


def test_a_period_cut_short_is_called_by_what_it_covers() -> None:
    zone = ZoneInfo("Europe/Berlin")
    at = datetime(2026, 5, 1, tzinfo=zone)
    short = Calendar("Europe/Berlin", (Change(at, Cadence.WEEK),)).period_at(at)
    told = OpenPeriod(label=label_of(short), starts_at=short.start, ends_at=short.end)
    whole = OpenPeriod(label="2026-05", starts_at=at, ends_at=datetime(2026, 6, 1, tzinfo=zone))
    with timezone.override(zone):
        assert (told.label, period_text(told, language="en")) == ("2026-W18", "May 1\u2009–\u20093, 2026")
        assert period_text(whole, language="en") == period_text("2026-05", language="en") == "May 2026"
    assert period_text("2026-W18", language="en") == "Apr 27\u2009–\u2009May 3, 2026"
