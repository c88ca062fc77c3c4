"""Which period a sale counts in (the brand's month, quarter, or all its time with the partner), and what it counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.clock import aware
from kernel.periods import month_of
from tenant_apps.commissions.rules.period import Totals
from tenant_apps.commissions.rules.sale import Own, Progress
from tenant_apps.commissions.rules.terms import Contract, Counter, Rule


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


@dataclass(slots=True)
class Counted:
    """What was sold under one version of the terms, or what is left of it after refunds."""

    revenue: Fraction = Fraction(0)
    credited: Fraction = Fraction(0)
    count: int = 0
    beside: Fraction = Fraction(0)

    def add(self, share: Fraction, net_minor: int, count: int) -> None:
        """Count lines of one share: their net and number in all."""
        self.revenue += share * net_minor
        self.credited += share * count
        self.count += count

    def give_back(self, share: Fraction, net_minor: int, part: Fraction, *, before: Fraction = Fraction(0)) -> None:
        """Take off the part of one line that is back with the customer; the whole of it counts as no line.

        `before` is the part that was taken off already.
        """
        self.revenue -= share * net_minor * (part - before)
        self.credited -= share * (part - before)
        self.count -= (part == 1) - (before == 1)


Counts = Mapping[int | None, Counted]


def totals_of(versions: Counts, version: int | None) -> Totals:
    """Return what a period has: of all versions of the terms together, and of one of them."""
    own = versions.get(version, Counted())
    return Totals(
        revenue_minor=sum((each.revenue for each in versions.values()), Fraction(0)),
        count=sum(each.count for each in versions.values()),
        own=Own(own.revenue, own.credited, own.beside),
    )


def progress_seen(
    contract: Contract, *, counts: Mapping[str, Counts], used: Mapping[str, int], version: int
) -> dict[str, Progress]:
    """Return what each rule with tiers or caps has seen: counts by rule and version, what is used by a cap's name.

    For a rule that pays whole periods the counts are what is left after refunds, else what was sold.
    """
    progress = {}
    for rule in looking_back(contract):
        versions = counts.get(rule.id, {})
        totals = totals_of(versions, version)
        progress[rule.id] = Progress(
            used_minor=used.get(name_in_all(rule), 0),
            revenue_minor=totals.revenue_minor,
            count=totals.count,
            credited=sum((each.credited for each in versions.values()), Fraction(0)),
            cap_used=tuple(used[name_of_cap(rule, number)] for number, _ in enumerate(rule.limits.caps)),
            own=totals.own if rule.trued_up else None,
        )
    return progress


def looking_back(contract: Contract) -> Iterator[Rule]:
    """Yield the rules that pay by what went before."""
    for rule in contract.rules:
        if rule.tiers or rule.limits.caps or rule.limits.cap_minor is not None:
            yield rule


def name_in_all(rule: Rule) -> str:
    """Return the name under which the use of a rule's own cap is told."""
    return f"{rule.id} in all"


def name_of_cap(rule: Rule, number: int) -> str:
    """Return the name under which the use of one of a rule's caps is told."""
    return f"{rule.id} {number}"
