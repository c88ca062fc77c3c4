"""The chart of accounts as it is written down is the one in the code, and every cause the code books stands in it."""

import inspect
import re
from pathlib import Path

from tenant_apps.ledger import chart

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "decisions" / "0012-chart-of-accounts.md").read_text()


def test_every_account_is_written_down_with_its_kind() -> None:
    functions = [each for _, each in inspect.getmembers(chart, inspect.isfunction) if each.__module__ == chart.__name__]
    refs = [
        each(*(f"<{name.removesuffix('_ref')}>" for name in inspect.signature(each).parameters)) for each in functions
    ]
    written = set(re.findall(r"^\| `([a-z_:<>]+)` \| (asset|liability|revenue|expense) \|", PAGE, re.MULTILINE))
    assert {(ref.code, str(ref.kind)) for ref in refs} == written


def test_every_cause_is_written_down() -> None:
    written = set(re.findall(r"`([a-z]+):…", PAGE))
    booked = {
        cause
        for path in (ROOT / "tenant_apps").rglob("actions/*.py")
        for cause in re.findall(r"f\"([a-z]+):\{[a-z_.]*public_id\}:", path.read_text())
    }
    assert booked == written


def test_only_accounts_of_the_chart_move_in_it() -> None:
    codes = set(re.findall(r"^\| `([a-z_]+)(?::<[a-z]+>)?` \| (?:asset|liability|revenue|expense)", PAGE, re.MULTILINE))
    causes = [line for line in PAGE.splitlines() if line.startswith("| `") and ":…:" in line]
    for line in causes:
        for side in re.findall(r"([a-z_]+) ←|← ([a-z_]+)", line.split("|")[3]):
            assert set(side) - {""} <= codes, line
