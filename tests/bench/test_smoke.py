"""The bench itself: it runs, reports in its published shape, is right and leaves nothing. No test looks at a time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from embedded.processes import child_environment
from tests.bench.samples import Limit, Ratio, Sample, percentile

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str, url: str = "") -> "subprocess.CompletedProcess[str]":
    environment = child_environment(DATABASE_URL=url or settings.OWNER_URL, REDIS_URL=settings.REDIS_URL)
    command = [sys.executable, "-m", "tests.bench", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> "tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]":
    file = tmp_path_factory.mktemp("bench") / "report.json"
    done = bench(
        "provisioning",
        "tenancy",
        "ledger_post",
        "settlement_close",
        "attribution_replay",
        "ledger_balance",
        "simulate",
        "--scale",
        "smoke",
        "--rounds",
        "1",
        "--json",
        str(file),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done, json.loads(file.read_text())


@pytest.mark.slow
def test_a_provisioned_schema_is_a_migrated_one_and_guards_its_rows(ran: Any) -> None:
    report = ran[1][0]
    assert (report["wrong"], report["correct"]) == ([], True)


@pytest.mark.slow
def test_every_answer_under_load_is_of_the_brand_that_was_asked(ran: Any) -> None:
    report = ran[1][1]
    assert (report["wrong"], report["correct"]) == ([], True)
    assert {name: side["errors"] for name, side in report["sides"].items()} == dict.fromkeys(
        ("bare_one", "ours_one", "stock_one", "bare_many", "ours_many", "stock_many"), 0
    )
    assert all(side["operations"] for side in report["sides"].values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "sides"),
    [
        (2, ["bare", "ours", "ours_spread", "ours_hot", "batch", "bare_batch"]),
        (3, ["bare", "ours", "loop"]),
        (4, ["bare", "ours"]),
        (5, ["sum", "ours", "ours_tail", "ours_hour"]),
        (6, ["bare", "ours", "fifth"]),
    ],
)
def test_money_is_right_on_every_side(ran: Any, place: int, sides: list[str]) -> None:
    report = ran[1][place]
    assert (report["wrong"], report["correct"]) == ([], True)
    assert list(report["sides"]) == sides
    assert all(side["operations"] for side in report["sides"].values())


@pytest.mark.slow
def test_the_report_has_its_published_shape(ran: Any) -> None:
    report = ran[1][0]
    assert set(report) == {
        "schema", "scenario", "unit", "rounds", "sides", "ratios", "limits", "correct", "wrong", "goals_met", "noisy",
        "environment",
    }  # fmt: skip
    assert (report["schema"], report["scenario"], report["rounds"]) == (1, "provisioning", 1)
    assert list(report["sides"]) == ["ours_few", "stock_few", "ours_many", "stock_many"]
    for side in report["sides"].values():
        assert set(side) == {"operations", "rate", "p50_ms", "p99_ms", "app_us", "db_us", "app_mb", "db_mb", "errors"}
        assert side["operations"] == 1
        assert side["rate"] > 0
    environment = report["environment"]
    assert (environment["postgresql"]["fsync"], environment["postgresql"]["synchronous_commit"]) == ("on", "on")
    assert str(ROOT) not in json.dumps(report)


@pytest.mark.slow
def test_nothing_is_left_behind(ran: Any) -> None:
    with psycopg.connect(settings.OWNER_URL) as owner:
        left = owner.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, 'bench_') UNION SELECT rolname FROM pg_roles "
            "WHERE starts_with(rolname, 'bench_')"
        ).fetchall()
    mine = {name for (name,) in left if not _alive(int(name.split("_")[1]))}
    assert mine == set()


def test_weakened_durability_is_refused() -> None:
    done = bench("provisioning", "--scale", "smoke", url=f"{settings.OWNER_URL}?options=-csynchronous_commit%3Doff")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "bench: synchronous_commit is off; figures are only taken with synchronous_commit on."


def test_an_unknown_scenario_is_named() -> None:
    done = bench("provisioning", "warp")
    assert done.returncode == 2
    assert done.stderr.startswith("bench: no scenario warp; there are provisioning, tenancy, ledger_post, ")


def rounds(*pairs: tuple[float, float]) -> list[dict[str, Sample]]:
    return [
        {name: Sample(operations=10, seconds=seconds) for name, seconds in zip(("ours", "bare"), pair, strict=True)}
        for pair in pairs
    ]


def test_a_ratio_is_the_median_of_its_rounds_not_of_its_sums() -> None:
    report = Ratio("cost", "seconds", "ours", "bare", at_most=1.5).report(rounds((1.0, 1.0), (30.0, 20.0), (8.0, 4.0)))
    assert (report["median"], report["min"], report["max"]) == (1.5, 1.0, 2.0)
    assert (report["met"], report["noisy"]) == (True, True)


def test_a_ratio_that_holds_still_is_not_noisy() -> None:
    report = Ratio("cost", "rate", "ours", "bare", at_least=1.0).report(rounds((1.0, 0.9), (2.0, 1.7)))
    assert (report["met"], report["noisy"]) == (False, False)


def test_a_ratio_without_a_goal_meets_none() -> None:
    report = Ratio("cost", "rate", "ours", "bare").report(rounds((1.0, 0.9)))
    assert (report["goal"], report["met"]) == ({}, None)


def test_cpu_that_cannot_be_read_leaves_the_goal_open() -> None:
    report = Ratio("cost", "cpu", "ours", "bare", at_most=1.1).report(rounds((1.0, 1.0)))
    assert (report["median"], report["met"]) == (None, None)


def test_a_limit_is_the_median_time_of_one_operation() -> None:
    report = Limit("quick", "ours", 0.2).report(rounds((1.0, 0.0), (3.0, 0.0), (2.0, 0.0)))
    assert (report["median_seconds"], report["met"]) == (0.2, True)


def test_a_limit_of_processors_counts_their_time_and_not_the_clocks() -> None:
    busy = [{"ours": Sample(operations=10, seconds=30.0, app_us=90_000, db_us=10_000)}]
    report = Limit("frugal", "ours", 0.11, metric="cpu").report(busy)
    assert (report["median_seconds"], report["met"]) == (0.1, True)


def test_a_limit_may_be_of_the_slowest_but_one_in_a_hundred() -> None:
    slow = [{"ours": Sample(operations=100, seconds=1.0, latencies=[0.001] * 98 + [0.005, 0.9])}]
    assert Limit("quick", "ours", 0.002, metric="p99").report(slow)["median_seconds"] == 0.005


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (75, 3), (99, 4), (0, 1)])
def test_percentiles_are_values_that_occurred(percent: float, value: int) -> None:
    assert percentile([1, 2, 3, 4], percent) == value


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
