"""Child processes that die with their launcher: start one, wait for it, stop it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedded import tether
from embedded.account import Account

type Child = subprocess.Popen[bytes]


def spawn(
    *,
    command: Sequence[str | Path],
    log: Path,
    death_signal: signal.Signals,
    environment: Mapping[str, str],
    cwd: Path,
    account: Account | None = None,
) -> Child:
    """Start a command whose output goes to `log` and which receives `death_signal` when the launcher dies.

    The child gets its own process group: Ctrl-C in a terminal reaches the launcher alone, which then stops its
    children in order. The kernel ties the child to the *thread* that called, so call from one that lives as long as
    the launcher does.
    """
    tied, tied_environment = tied_command(
        command=command, death_signal=death_signal, environment=environment, account=account
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            tied,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=tied_environment,
            cwd=cwd,
            process_group=0,
        )


def tied_command(
    *,
    command: Sequence[str | Path],
    death_signal: signal.Signals,
    environment: Mapping[str, str],
    account: Account | None = None,
) -> tuple[list[str], dict[str, str]]:
    """Return the command line and environment that run `command` tied to this process by the tether."""
    uid, gid = (account.uid, account.gid) if account else (tether.KEEP, tether.KEEP)
    tied = [sys.executable, "-I", "-S", tether.__file__, str(int(death_signal)), str(os.getpid()), str(uid), str(gid)]
    return [*tied, *map(str, command)], {**os.environ, tether.ENVIRONMENT: json.dumps(dict(environment))}


def stop(child: Child, *, with_signal: signal.Signals, patience: float) -> None:
    """Ask a child to stop, then insist with SIGKILL after `patience` seconds; its process group goes with it."""
    if child.poll() is None:
        child.send_signal(with_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    # Whatever the child itself had started is still in its process group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def is_alive(pid: int) -> bool:
    """Tell whether a process with this id exists and is not merely waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return Path("/proc/self").exists() is False
    return state != "Z"


def tail(log: Path, *, lines: int = 15) -> str:
    """Return the last lines of a log, for an error message; empty when there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
