"""Run a scenario: its sides take turns, each round begins with another side."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from tests.bench.machine import describe
from tests.bench.samples import Limit, Outcome, Ratio, Sample

SCHEMA = 1
type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scenario works: its database, the owner's connection outside it, its size, a place to report progress."""

    database: str
    owner: "psycopg.Connection[Any]"
    scale: str
    say: Say

    def sized(self, *, smoke: int, full: int) -> int:
        """Return the count that fits the scale."""
        return smoke if self.scale == "smoke" else full


class Scenario(Protocol):
    """One question. `sides` maps names such as `ours` and `bare` to what one round of them does."""

    name: str
    unit: str
    ratios: Sequence[Ratio]
    limits: Sequence[Limit]

    def setup(self, place: Place) -> None: ...
    def sides(self) -> Mapping[str, Callable[[], Sample]]: ...
    def verify(self) -> list[str]: ...
    def close(self) -> None: ...


def run(scenario: Scenario, place: Place, *, rounds: int) -> dict[str, Any]:
    """Set up, take the rounds, verify, close; return the report as plain JSON values."""
    before = describe(place.owner)
    outcome = Outcome()
    try:
        place.say(f"{scenario.name}: setting up")
        scenario.setup(place)
        sides = scenario.sides()
        for number in range(rounds):
            outcome.rounds.append(_one_round(sides, number, place.say))
        outcome.wrong = [wrong for each in outcome.rounds for sample in each.values() for wrong in sample.wrong]
        place.say(f"{scenario.name}: verifying")
        outcome.wrong += scenario.verify()
    finally:
        scenario.close()
    load = {"before": before.pop("load_average"), "after": [round(load, 2) for load in os.getloadavg()]}
    return _report(scenario, outcome, rounds, {**before, "load_average": load, "scale": place.scale})


def _one_round(sides: Mapping[str, Callable[[], Sample]], number: int, say: Say) -> dict[str, Sample]:
    names = list(sides)
    shift = number % len(names)
    taken: dict[str, Sample] = {}
    for name in names[shift:] + names[:shift]:
        taken[name] = sides[name]()
        rate = taken[name].value("rate") or 0.0
        say(f"  round {number + 1}  {name:<14} {rate:>10.2f} a second  {taken[name].errors} errors")
    return taken


def _report(scenario: Scenario, outcome: Outcome, rounds: int, environment: dict[str, Any]) -> dict[str, Any]:
    sides = outcome.sides()
    ratios = {ratio.name: ratio.report(outcome.rounds) for ratio in scenario.ratios}
    limits = {limit.name: limit.report(outcome.rounds) for limit in scenario.limits}
    goals = [goal["met"] for goal in (*ratios.values(), *limits.values()) if goal["met"] is not None]
    errors = sum(side["errors"] for side in sides.values())
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "unit": scenario.unit,
        "rounds": rounds,
        "sides": sides,
        "ratios": ratios,
        "limits": limits,
        "correct": not outcome.wrong and not errors,
        "wrong": outcome.wrong[:20],
        "goals_met": all(goals),
        "noisy": any(ratio["noisy"] for ratio in ratios.values()),
        "environment": environment,
    }
