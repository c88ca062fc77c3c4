"""The published cases hold, through the same dispatcher that the command line and the API use."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenant_apps.settlements.rules.preview import PREVIEWS, preview

ROOT = Path(__file__).resolve().parents[2]
CASES = [
    pytest.param(kind, case, id=f"{kind}: {case['name']}")
    for kind in PREVIEWS
    for case in json.loads((ROOT / "tests" / "cases" / f"{kind}.json").read_text())
]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_published_case(kind: str, case: dict[str, Any]) -> None:
    assert named_fields(preview(kind, case["input"]), case["output"]) == case["output"]


def test_there_are_cases_of_every_kind() -> None:
    assert {case.values[0] for case in CASES} == set(PREVIEWS)


def test_the_command_prints_one_json_object() -> None:
    kind, case = CASES[0].values
    done = run_preview(kind, json.dumps(case["input"]))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == case["output"]


@pytest.mark.parametrize(
    ("arguments", "text", "field"),
    [
        (
            "split",
            '{"amount_minor": 5, "currency": "EUR", "weights": [{"key": "a", "weight": 1}]}',
            "weights[0].weight",
        ),
        ("rating", "{}", "kind"),
        ("split --booked", "{}", "arguments"),
        ("split", "{", ""),
    ],
)
def test_the_command_refuses_with_one_json_object_and_status_2(arguments: str, text: str, field: str) -> None:
    done = run_preview(arguments, text)
    assert (done.returncode, done.stdout) == (2, "")
    error = json.loads(done.stderr)
    assert set(error) == {"code", "message", "details"}
    assert error["code"] == "invalid_input"
    assert [entry["field"] for entry in error["details"]["errors"]] == [field]


def run_preview(arguments: str, text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), "preview", *arguments.split()]
    # A database that is not there proves that none is asked.
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    return subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)


def named_fields(actual: object, expected: object) -> object:
    """Return what of the answer the case names: more fields may stand beside them, fewer may not."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {name: named_fields(actual[name], value) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(actual, list) and len(actual) == len(expected):
        return [named_fields(item, wanted) for item, wanted in zip(actual, expected, strict=True)]
    return actual
