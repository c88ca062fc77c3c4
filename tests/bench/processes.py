"""CPU time and memory of processes, from /proc; None on a system without it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for children in (PROC / str(one) / "task").glob("*/children"):
            waiting.extend(map(int, children.read_text().split()))
    return found


def cpu_seconds(pid: int) -> float | None:
    """Return user and system time of a process with the children it has already waited for; None when it is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return sum(map(int, fields[11:15])) / TICK


def memory_mb(pids: Iterable[int], field: str) -> float | None:
    """Return the sum of a field of /proc/<pid>/status (`VmRSS`, or `RssAnon` to leave shared buffers out)."""
    sizes = []
    for pid in pids:
        try:
            lines = (PROC / str(pid) / "status").read_text().splitlines()
        except OSError:
            continue
        sizes += [int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:")]
    return sum(sizes) if sizes else None


@dataclass
class Meter:
    """CPU used by the application's processes and by the backends of our databases, for the time of a `with` block.

    Backends are counted only when PostgreSQL runs on this machine. After the block `app_us` and `db_us`
    give microseconds per operation.
    """

    app: int
    owner: "psycopg.Connection[Any]"
    databases: str

    def __enter__(self) -> Self:
        self._before = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        after = self._read()
        self.used = [
            sum(max(seconds - before.get(pid, 0.0), 0.0) for pid, seconds in now.items()) if now else None
            for before, now in zip(self._before, after, strict=True)
        ]
        self.app_mb = memory_mb(after[0], "VmRSS")
        self.db_mb = memory_mb(after[1], "RssAnon")

    def figures(self, operations: int) -> dict[str, float | None]:
        """Return what a Sample wants to know."""
        app, db = (None if used is None or not operations else used * 1e6 / operations for used in self.used)
        return {"app_us": app, "db_us": db, "app_mb": self.app_mb, "db_mb": self.db_mb}

    def _read(self) -> tuple[dict[int, float], dict[int, float]]:
        return _times(tree(self.app)), _times(self._backends())

    def _backends(self) -> list[int]:
        here = "inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8'"
        rows = self.owner.execute(
            f"SELECT pid FROM pg_stat_activity WHERE starts_with(datname, %s) AND pid <> pg_backend_pid() AND ({here})",
            [self.databases],
        ).fetchall()
        return [pid for (pid,) in rows]


def _times(pids: Iterable[int]) -> dict[int, float]:
    known = ((pid, cpu_seconds(pid)) for pid in pids)
    return {pid: seconds for pid, seconds in known if seconds is not None}
