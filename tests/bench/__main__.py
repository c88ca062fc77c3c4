"""The command line: choose scenarios, make a database, run, report, clean up."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from tests.bench import databases, printing

SCENARIOS = (
    "provisioning",
    "tenancy",
    "ledger_post",
    "ledger_balance",
    "settlement_close",
    "settlement_scale",
    "statement_pdf",
    "attribution_replay",
    "simulate",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen scenarios; return 1 when one was wrong. A missed goal is reported, not an error."""
    options = _parser().parse_args(arguments)
    unknown = sorted(set(options.scenarios) - set(SCENARIOS))
    if unknown:
        print(f"bench: no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    if options.rounds < 0:
        print(f"bench: --rounds is {options.rounds}, and a side cannot take its turn less than once", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _as_interrupt)
    reports = _measure(options.scenarios or SCENARIOS, scale=options.scale, rounds=options.rounds)
    if options.json:
        options.json.write_text(json.dumps(reports, indent=2) + "\n")
    return 0 if all(report["correct"] for report in reports) else 1


def _measure(names: Sequence[str], *, scale: str, rounds: int) -> list[dict[str, Any]]:
    """Migrate one database; each scenario works on copies of it."""
    database = f"bench_{os.getpid()}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings.runner"
    with databases.own_database(database) as owner:
        import django

        django.setup()
        from shared_apps.brands.migrating import migrate_fleet
        from tests.bench.runner import Place, run

        _say("migrating")
        migrate_fleet(say=lambda what: None)
        place = Place(database=database, owner=owner, scale=scale, say=_say)
        reports = []
        for name in names:
            scenario = import_module(f"tests.bench.scenarios.{name}").scenario()
            reports.append(run(scenario, place, rounds=rounds or (1 if scale == "smoke" else 5)))
            print("\n".join(printing.lines(reports[-1])), flush=True)
        return reports


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=f"{', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--rounds", type=int, default=0, help="how often every side takes its turn (smoke 1, full 5)")
    parser.add_argument("--scale", choices=("smoke", "full"), default="full", help="smoke proves that it runs, fast")
    parser.add_argument("--json", type=Path, help="write the reports to this file")
    return parser


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
