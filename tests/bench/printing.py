"""A report for people."""

from collections.abc import Iterator
from typing import Any

COLUMNS = ("rate", "p50_ms", "p99_ms", "app_us", "db_us", "app_mb", "db_mb", "errors")


def lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of one scenario's report."""
    verdict = "correct" if report["correct"] else "WRONG"
    yield f"{report['scenario']} ({report['unit']}, {report['rounds']} rounds): {verdict}"
    yield "  " + f"{'':<14}" + "".join(f"{column:>11}" for column in COLUMNS)
    for name, side in report["sides"].items():
        yield "  " + f"{name:<14}" + "".join(f"{_cell(side[column]):>11}" for column in COLUMNS)
    for name, ratio in report["ratios"].items():
        noisy = ", noisy" if ratio["noisy"] else ""
        spread = f"{_cell(ratio['median'])} ({_cell(ratio['min'])} to {_cell(ratio['max'])}{noisy})"
        yield f"  {name}: {ratio['metric']} {ratio['over']} / {ratio['under']} = {spread}, {_goal(ratio)}"
    for name, limit in report["limits"].items():
        yield f"  {name}: {_cell(limit['median_seconds'])} s, {_goal(limit)}"
    yield from (f"  wrong: {wrong}" for wrong in report["wrong"])


def _goal(part: dict[str, Any]) -> str:
    words = " and ".join(f"{name.replace('_', ' ')} {bound:g}" for name, bound in part["goal"].items())
    if not words:
        return "no goal"
    return f"goal {words}: {'met' if part['met'] else 'not met' if part['met'] is False else 'not measured'}"


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
