"""A small supervisor for the project's own processes: web, worker, sandbox."""

import http.client
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import children
from embedded.errors import NotReady
from embedded.ports import LOOPBACK

WEB_PORTS = range(8000, 8100)
SANDBOX_PORTS = range(8420, 8520)
ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
# The web stops taking requests before the worker stops taking jobs, and both before what they talk to.
STOP_ORDER = ("web", "worker", "sandbox")
LOOK_EVERY = 0.05


class Process:
    """One supervised process: its name, command, log and child."""

    def __init__(self, *, name: str, command: Sequence[str | Path], log: Path, child: children.Child) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.child = child

    @property
    def pid(self) -> int:
        """The id of the process itself, with no wrapper in between: a signal sent to it reaches the program."""
        return self.child.pid

    @property
    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self.child.poll()


class Supervisor:
    """Start named processes, watch them, and stop them in order at the end of the `with` block.

    `environment` is complete, not an addition to this process's. Logs go to `<log_dir>/<name>.log`.
    """

    def __init__(self, *, log_dir: Path, environment: Mapping[str, str], cwd: Path = ROOT) -> None:
        self.log_dir = log_dir
        self.environment = dict(environment)
        self.cwd = cwd
        self.processes: dict[str, Process] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def start(
        self,
        *,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        death_signal: signal.Signals = signal.SIGTERM,
    ) -> Process:
        """Start a process under a name; a former one of that name must have ended or been stopped."""
        former = self.processes.get(name)
        if former is not None and former.exit_code is None:
            raise ValueError(f"A process named {name!r} is already running (pid {former.pid}).")
        log = self.log_dir / f"{name}.log"
        child = children.spawn(
            command=command,
            log=log,
            death_signal=death_signal,
            environment={**self.environment, **(environment or {})},
            cwd=self.cwd,
        )
        process = Process(name=name, command=command, log=log, child=child)
        self.processes[name] = process
        return process

    def stop(self, name: str, *, patience: float = 15) -> None:
        """Stop one process: SIGTERM, then SIGKILL after `patience` seconds. It may be started again."""
        process = self.processes.pop(name)
        children.stop(process.child, with_signal=signal.SIGTERM, patience=patience)

    def kill(self, name: str) -> None:
        """Kill one process with SIGKILL, as a crash would; it may be started again."""
        process = self.processes.pop(name)
        children.stop(process.child, with_signal=signal.SIGKILL, patience=5)

    def stop_all(self) -> None:
        """Stop everything: web, worker, sandbox, then the rest, last started first."""
        named = [name for name in STOP_ORDER if name in self.processes]
        rest = [name for name in reversed(self.processes) if name not in named]
        for name in (*named, *rest):
            self.stop(name)

    def ended(self) -> Process | None:
        """Return a process that has ended by itself, if one has."""
        return next((process for process in self.processes.values() if process.exit_code is not None), None)

    def wait(self) -> Process:
        """Wait until one of the processes ends by itself, and return it."""
        while (process := self.ended()) is None:
            time.sleep(0.2)
        return process


def wait_until_ready(*, process: Process, port: int, path: str = "/", host: str = LOOPBACK, timeout: float = 60) -> int:
    """Wait until `process` answers HTTP on its port with any status below 500, and return that status.

    `host` is the Host header, because brands are told apart by it. Raises NotReady with the last log lines when the
    process ends first or stays silent for `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    status: int | None = None
    while time.monotonic() < deadline:
        if process.exit_code is not None:
            raise NotReady(_obituary(process, f"ended with code {process.exit_code} before it answered"))
        status = _status(port=port, path=path, host=host)
        if status is not None and status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
            return status
        time.sleep(LOOK_EVERY)
    said = "nothing" if status is None else f"status {status}"
    raise NotReady(_obituary(process, f"said {said} on port {port} for {timeout:.0f} seconds"))


def web_command(*, port: int, workers: int = 1, threads: int = 4) -> list[str]:
    """Return the command that serves the project by HTTP, as in production: granian, WSGI, blocking threads."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--workers-kill-timeout", "5"),
        *("--no-ws", "config.wsgi:application"),
    ]


def worker_command(*, workers: int = 2) -> list[str]:
    """Return the command that runs background jobs, in threads of one process."""
    return [sys.executable, str(ROOT / "manage.py"), "run_huey", "--workers", str(workers), "--worker-type", "thread"]


def sandbox_command(*, port: int, state: Path) -> list[str]:
    """Return the command that runs the payment sandbox with its books in the folder `state`."""
    return [sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(state / "state.sqlite3")]


def child_environment(**values: str) -> dict[str, str]:
    """Return this process's environment with both source roots importable, output unbuffered, and `values` on top."""
    roots = [str(ROOT), str(ROOT / "platform")]
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in roots]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*roots, *given]), "PYTHONUNBUFFERED": "1", **values}


def _status(*, port: int, path: str, host: str) -> int | None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _obituary(process: Process, what: str) -> str:
    return f"{process.name} {what} (log: {process.log}). Its last lines:\n{children.tail(process.log)}"
