"""Where and under which conditions figures were taken. No paths and no host name: reports are published."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

PACKAGES = ("django", "django-tenants", "psycopg", "granian")
SERVER_SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_locks_per_transaction")
ROOT = Path(__file__).resolve().parents[2]


def describe(owner: "psycopg.Connection[Any]") -> dict[str, Any]:
    """Return machine, versions, server settings, load average and revision."""
    server = {
        name: (owner.execute("SELECT current_setting(%s)", [name]).fetchone() or ("",))[0] for name in SERVER_SETTINGS
    }
    return {
        "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "postgresql": server,
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "revision": _revision(),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _revision() -> str:
    """Return the commit, with `+` when files differ from it."""
    try:
        revision = _git("rev-parse", "--short", "HEAD")
        return revision + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
