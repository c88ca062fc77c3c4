"""What one side did in one round, and what all rounds say together."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

NOISY_SPREAD = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One side in one round. Times in seconds, CPU in microseconds per operation, memory in MB.

    `latencies` holds one value per operation; a load generator that keeps its own histogram gives
    `p50` and `p99` instead. `wrong` says what was answered or stored falsely.
    """

    operations: int
    seconds: float
    latencies: Sequence[float] = ()
    p50: float | None = None
    p99: float | None = None
    app_us: float | None = None
    db_us: float | None = None
    app_mb: float | None = None
    db_mb: float | None = None
    errors: int = 0
    wrong: Sequence[str] = ()

    def value(self, metric: str) -> float | None:
        """Return a metric: `rate`, `seconds` or `cpu` per operation, or `p99`, the slowest but one in a hundred."""
        if not self.operations:
            return None
        if metric == "rate":
            return self.operations / self.seconds
        if metric == "seconds":
            return self.seconds / self.operations
        if metric == "p99":
            return percentile(sorted(self.latencies), 99) if self.latencies else self.p99
        if self.app_us is None or self.db_us is None:
            return None
        return self.app_us + self.db_us


@dataclass(frozen=True, slots=True)
class Ratio:
    """A goal: one metric of side `over`, divided by that of side `under`, at most or at least so much."""

    name: str
    metric: str
    over: str
    under: str
    at_most: float | None = None
    at_least: float | None = None

    def report(self, rounds: Sequence[dict[str, Sample]]) -> dict[str, Any]:
        """Return median, least and greatest of the per-round ratios, and whether the median meets the goal."""
        values = [value for each in rounds if (value := self._of(each)) is not None]
        goal = {"at_most": self.at_most, "at_least": self.at_least}
        found: dict[str, Any] = {"metric": self.metric, "over": self.over, "under": self.under}
        found["goal"] = {name: bound for name, bound in goal.items() if bound is not None}
        if not values:
            return found | {"median": None, "min": None, "max": None, "noisy": False, "met": None}
        median = statistics.median(values)
        low, high = self.at_least or 0.0, self.at_most or math.inf
        met = low <= median <= high if found["goal"] else None
        noisy = (max(values) - min(values)) / median > NOISY_SPREAD
        figures = {"median": _short(median), "min": _short(min(values)), "max": _short(max(values))}
        return found | figures | {"noisy": noisy, "met": met}

    def _of(self, one_round: dict[str, Sample]) -> float | None:
        if self.over not in one_round or self.under not in one_round:
            return None
        over, under = one_round[self.over].value(self.metric), one_round[self.under].value(self.metric)
        return None if over is None or not under else over / under


@dataclass(frozen=True, slots=True)
class Limit:
    """An absolute goal for a side: seconds per operation on the clock, of processors (`cpu`), or at the `p99`."""

    name: str
    side: str
    at_most_seconds: float
    metric: str = "seconds"

    def report(self, rounds: Sequence[dict[str, Sample]]) -> dict[str, Any]:
        """Return the median and whether it meets the goal."""
        unit = 1e-6 if self.metric == "cpu" else 1.0
        values = [value * unit for each in rounds if (value := each[self.side].value(self.metric)) is not None]
        median = statistics.median(values) if values else None
        met = None if median is None else median <= self.at_most_seconds
        goal = {"at_most_seconds": self.at_most_seconds}
        return {"side": self.side, "median_seconds": _short(median), "goal": goal, "met": met}


@dataclass(slots=True)
class Outcome:
    """A scenario after its rounds."""

    rounds: list[dict[str, Sample]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def sides(self) -> dict[str, dict[str, Any]]:
        """Return each side's figures over all rounds."""
        names = dict.fromkeys(name for each in self.rounds for name in each)
        return {name: _summary([each[name] for each in self.rounds if name in each]) for name in names}


def _summary(samples: Sequence[Sample]) -> dict[str, Any]:
    latencies = sorted(value for sample in samples for value in sample.latencies)
    p50 = percentile(latencies, 50) if latencies else _median([sample.p50 for sample in samples])
    p99 = percentile(latencies, 99) if latencies else _median([sample.p99 for sample in samples])
    return {
        "operations": sum(sample.operations for sample in samples),
        "rate": _short(_median([sample.value("rate") for sample in samples])),
        "p50_ms": _short(p50, times=1000),
        "p99_ms": _short(p99, times=1000),
        "app_us": _short(_median([sample.app_us for sample in samples])),
        "db_us": _short(_median([sample.db_us for sample in samples])),
        "app_mb": _short(_greatest([sample.app_mb for sample in samples])),
        "db_mb": _short(_greatest([sample.db_mb for sample in samples])),
        "errors": sum(sample.errors for sample in samples),
    }


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of values in ascending order."""
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _greatest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _short(value: float | None, *, times: float = 1) -> float | None:
    """Round to four significant figures: more would pretend."""
    return None if value is None else float(f"{value * times:.4g}")
