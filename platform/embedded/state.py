"""`.local/servers.json`: what runs beside us, so that other commands and settings find it.

A file left by a launcher that was killed is possible at any time; readers that act on it check the processes.
"""

import json
from pathlib import Path

STATE_FILE = "servers.json"

type Value = str | int


def read_state(base_dir: Path) -> dict[str, Value]:
    """Return what is announced; empty when nothing is, or when the file is torn."""
    try:
        announced = json.loads((base_dir / STATE_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return announced if isinstance(announced, dict) else {}


def announce(base_dir: Path, **values: Value) -> None:
    """Add these to what is announced."""
    _write(base_dir, {**read_state(base_dir), **values})


def withdraw(base_dir: Path, *names: str) -> None:
    """Take these off what is announced; the file goes with the last one."""
    _write(base_dir, {name: value for name, value in read_state(base_dir).items() if name not in names})


def _write(base_dir: Path, values: dict[str, Value]) -> None:
    path = base_dir / STATE_FILE
    if not values:
        path.unlink(missing_ok=True)
        return
    # Replaced whole: a reader sees the old file or the new one.
    fresh = base_dir / f"{STATE_FILE}.new"
    fresh.write_text(json.dumps(values, indent=2) + "\n")
    fresh.replace(path)
