"""`manage.py reports simulate`: ask for a simulation, run it here, say what came of it."""

import json
import sys
import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.money import Money
from shared_apps.brands.clock import now
from shared_apps.outbox.errors import RetryLater
from tenant_apps.reports.actions import Asked, advance_simulation, request_simulation
from tenant_apps.reports.models import Simulation
from tenant_apps.reports.queries import Beside, by_month, by_rule, partners_of_simulation, totals_of_simulation
from tenant_apps.reports.queries.simulations import simulation_by_key
from tenant_apps.reports.rules import month_days
from tenant_apps.reports.states import Customers, SimulationState

BY_HAND = Actor(kind="platform", id="command-line", label="the command line")
SHOWN = 50


def add_arguments(parser: ArgumentParser) -> None:
    """Say what can be asked."""
    parser.add_argument("--brand", required=True, help="host, name or id")
    parser.add_argument("--contract", action="append", default=[], metavar="VERSION", help="a contract version to try")
    parser.add_argument("--terms", default="", metavar="FILE", help="a contract document to try, - for standard input")
    parser.add_argument("--enrollment", action="append", default=[], help="a deal that tries it; may be given again")
    parser.add_argument("--program", default="", help="all deals of this program try it")
    parser.add_argument("--month", default="", help="such as 2026-06, instead of --since and --until")
    for name in ("since", "until"):
        parser.add_argument(f"--{name}", default="", help="day such as 2026-06-30, inside")
    parser.add_argument("--customers", default=str(Customers.ALL), help="all (default), or new: those of these days")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def simulate(options: dict[str, Any]) -> tuple[dict[str, Any], str, bool]:
    """Run it here, with progress on standard error; the worker may take a step of it meanwhile."""
    since, until = _days(options)
    asked = Asked(
        since=since, until=until, versions=options["contract"], terms=_terms(options["terms"]),
        enrollments=options["enrollment"], program=options["program"], customers=options["customers"],
    )  # fmt: skip
    simulation = request_simulation(asked=asked, actor=BY_HAND, at=now())
    while simulation.is_open:
        sys.stderr.write(f"{simulation.rows_done} of {simulation.rows_total} sales\n")
        try:
            advance_simulation(simulation_ref=simulation.public_id, step=simulation.step, at=now())
        except RetryLater:
            time.sleep(0.2)
        simulation = simulation_by_key(simulation.pk) or simulation
    totals = totals_of_simulation(simulation)
    answer = {
        "id": simulation.public_id, "state": simulation.state, "title": simulation.title, "since": str(since),
        "until": str(until), "sales": simulation.rows_done, "failure": simulation.failure,
        "totals": [_told(row) for row in totals], "rules": [_told(row) for row in by_rule(simulation)],
        "months": [_told(row) for row in by_month(simulation)],
        "partners": [_told(row) for row in partners_of_simulation(simulation, most=SHOWN)],
    }  # fmt: skip
    return answer, _sentence(simulation, totals), simulation.state == SimulationState.DONE


def _days(options: dict[str, Any]) -> tuple[date, date]:
    if options["month"]:
        days = month_days(options["month"])
        if days is None:
            raise InvalidInput(field="month", message="must be a month such as 2026-06")
        return days
    wrong, found = [], []
    for name in ("since", "until"):
        try:
            found.append(date.fromisoformat(options[name]))
        except ValueError:
            wrong.append({"field": name, "message": "must be a day such as 2026-06-30"})
    if wrong:
        raise InvalidInput(errors=wrong)
    return found[0], found[1]


def _terms(path: str) -> Any:
    if not path:
        return None
    try:
        return json.loads(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise InvalidInput(field="terms", message=f"cannot be read: {failure}") from failure


def _told(row: Beside) -> dict[str, Any]:
    return {
        "key": row.key, "label": row.label, "currency": row.currency, "booked_minor": row.booked_minor,
        "simulated_minor": row.simulated_minor, "difference_minor": row.difference_minor, "lines": row.lines,
        "changed": row.changed,
    }  # fmt: skip


def _sentence(simulation: Simulation, totals: list[Beside]) -> str:
    if simulation.state != SimulationState.DONE:
        return f"The simulation is {simulation.state}: {simulation.failure}"
    days = f"{simulation.since} to {simulation.until} under {simulation.title}"
    told = [
        f"{days}: {Money(row.difference_minor, row.currency)} more than the {Money(row.booked_minor, row.currency)}"
        f" booked; {row.changed} of {row.lines} lines differ"
        for row in totals
    ]
    return "\n".join(told) or f"{days}: these deals sold nothing"
