"""What the rules of a deal have seen so far, carried in memory from sale to sale; the engine reads it from its rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from tenant_apps.commissions.rules.counters import Counted, Window, window_of
from tenant_apps.commissions.rules.terms import Counter

Key = tuple[str, str]
"""A rule (or bonus) and the name of a period."""


def _counts() -> dict[Key, dict[int | None, Counted]]:
    return defaultdict(lambda: defaultdict(Counted))


def _sums() -> dict[Key, dict[int, int]]:
    return defaultdict(lambda: defaultdict(int))


@dataclass(slots=True)
class Standing:
    """What one enrollment sold and was paid in one currency, for the periods that are looked at.

    `sold` counts what was sold, `kept` what is left of it after refunds; both by rule, period and version of
    the terms. `booked` is what was paid for a period by a rule's version, `paid` what its caps count. The
    customers' part of it is loaded for those at hand and not carried on.
    """

    sold: dict[Key, dict[int | None, Counted]] = field(default_factory=_counts)
    kept: dict[Key, dict[int | None, Counted]] = field(default_factory=_counts)
    booked: dict[Key, dict[int, int]] = field(default_factory=_sums)
    paid: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    versions: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    of_customers: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))

    def count(self, key: Key, version: int, share: Fraction, net_minor: int, lines: int = 1) -> None:
        """Count what was sold under a rule: for ever, and until it goes back."""
        self.sold[key][version].add(share, net_minor, lines)
        self.kept[key][version].add(share, net_minor, lines)

    def as_dict(self) -> dict[str, Any]:
        """Return what is carried on as JSON, exact."""
        return {
            "sold": _told(self.sold, _as_texts), "kept": _told(self.kept, _as_texts), "booked": _told(self.booked, int),
            "paid": [[*key, minor] for key, minor in self.paid.items()],
            "versions": {period: sorted(keys) for period, keys in self.versions.items()},
        }  # fmt: skip

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Standing":
        """Return what `as_dict` told."""
        standing = cls()
        for name, counts in (("sold", standing.sold), ("kept", standing.kept)):
            for rule, period, version, texts in told[name]:
                counts[rule, period][version] = _from_texts(texts)
        for rule, period, version, minor in told["booked"]:
            standing.booked[rule, period][version] = minor
        standing.paid.update({(rule, period): minor for rule, period, minor in told["paid"]})
        standing.versions.update({period: set(keys) for period, keys in told["versions"].items()})
        return standing


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is simulated, in the brand's zone: `start <= instant < end`."""

    start: datetime
    end: datetime
    zone: str

    def holds(self, instant: datetime) -> bool:
        """Return whether the instant lies inside; the end is over."""
        return self.start <= instant < self.end

    def periods_of(self, at: datetime) -> list[str]:
        """Return the names of the counters' periods of an instant that reach into the span."""
        return [window.key for window in (window_of(each, at, self.zone) for each in Counter) if self.reaches(window)]

    def reaches(self, window: Window) -> bool:
        """Return whether any of the span lies in the window."""
        return window.start is None or window.end is None or (window.start < self.end and self.start < window.end)

    def begun_before(self) -> Iterable[Window]:
        """Yield the counters' periods that are under way when the span begins."""
        for counter in Counter:
            window = window_of(counter, self.start, self.zone)
            if window.start is None or window.start < self.start:
                yield window


def _told(kept: Mapping[Key, Mapping[Any, Any]], told: Callable[[Any], Any]) -> list[list[Any]]:
    return [[*key, version, told(each)] for key, versions in kept.items() for version, each in versions.items()]


def _as_texts(counted: Counted) -> list[Any]:
    return [str(counted.revenue), str(counted.credited), counted.count, str(counted.beside)]


def _from_texts(texts: list[Any]) -> Counted:
    return Counted(Fraction(texts[0]), Fraction(texts[1]), texts[2], Fraction(texts[3]))
