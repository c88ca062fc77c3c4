"""The supervisor and `python -m embedded exec`: readiness, ordered stop, exit codes, no orphans."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embedded import children
from embedded.errors import NotReady
from embedded.ports import free_port
from embedded.processes import Supervisor, child_environment, wait_until_ready

SERVE = """
import http.server, sys
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""
NOTE_THE_END = """
import pathlib, signal, sys, time
def end(number, frame):
    with open(sys.argv[2], "a") as notes:
        notes.write(sys.argv[1] + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[2] + "." + sys.argv[1]).touch()
time.sleep(600)
"""


def test_a_process_is_awaited_logged_and_stopped(tmp_path: Path) -> None:
    port = free_port()
    with Supervisor(log_dir=tmp_path, environment=child_environment(), cwd=tmp_path) as supervisor:
        web = supervisor.start(name="web", command=[sys.executable, "-c", SERVE, str(port)])
        assert wait_until_ready(process=web, port=port, host="acme.localhost", timeout=20) == 200
        assert supervisor.ended() is None
        with pytest.raises(ValueError, match="already running"):
            supervisor.start(name="web", command=["true"])
    assert not children.is_alive(web.pid)
    assert '"GET / HTTP/1.1" 200' in (tmp_path / "web.log").read_text()


def test_a_process_that_ends_early_tells_its_last_words(tmp_path: Path) -> None:
    with Supervisor(log_dir=tmp_path, environment=child_environment(), cwd=tmp_path) as supervisor:
        web = supervisor.start(name="web", command=["/bin/sh", "-c", "echo the key is missing; exit 3"])
        with pytest.raises(NotReady, match=r"(?s)web ended with code 3.*the key is missing"):
            wait_until_ready(process=web, port=free_port(), timeout=20)
        assert supervisor.wait() is web


def test_a_silent_process_is_given_up_on(tmp_path: Path) -> None:
    with Supervisor(log_dir=tmp_path, environment=child_environment(), cwd=tmp_path) as supervisor:
        web = supervisor.start(name="web", command=["sleep", "600"])
        with pytest.raises(NotReady, match="said nothing on port"):
            wait_until_ready(process=web, port=free_port(), timeout=0.3)


def test_web_stops_before_worker_before_sandbox(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with Supervisor(log_dir=tmp_path, environment=child_environment(), cwd=tmp_path) as supervisor:
        for name in ("sandbox", "worker", "clock", "web"):
            supervisor.start(name=name, command=[sys.executable, "-c", NOTE_THE_END, name, str(notes)])
        _wait_for(*(tmp_path / f"notes.{name}" for name in ("sandbox", "worker", "clock", "web")))
    assert notes.read_text().split() == ["web", "worker", "sandbox", "clock"]


def test_a_killed_process_takes_its_own_children_along_and_starts_again(tmp_path: Path) -> None:
    with Supervisor(log_dir=tmp_path, environment=child_environment(), cwd=tmp_path) as supervisor:
        worker = supervisor.start(name="worker", command=["/bin/sh", "-c", "sleep 600 & echo $!; wait"])
        grandchild = int(_first_line(worker.log))
        supervisor.kill("worker")
        assert worker.exit_code == -signal.SIGKILL
        deadline = time.monotonic() + 10
        while children.is_alive(grandchild):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        again = supervisor.start(name="worker", command=["sleep", "600"])
        assert again.exit_code is None


def test_exec_sets_the_urls_and_passes_the_exit_code_on(tmp_path: Path) -> None:
    show = 'echo "$DATABASE_URL $REDIS_URL"; exit 7'
    ran = _exec(tmp_path, ["/bin/sh", "-c", show])
    assert ran.returncode == 7
    database_url, redis_url = ran.stdout.split()
    assert database_url.startswith("postgresql://tributary_owner@127.0.0.1:")
    assert redis_url.startswith("redis://127.0.0.1:")
    assert list(tmp_path.glob("run-*")) == []


def test_exec_leaves_given_urls_alone_and_starts_nothing(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://elsewhere/db", "REDIS_URL": "redis://elsewhere"}
    ran = _exec(tmp_path, ["/bin/sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"'], **given)
    assert ran.stdout.split() == [*given.values()]
    assert list(tmp_path.iterdir()) == []


def test_exec_without_a_command_or_with_an_unknown_one_says_so(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://elsewhere/db", "REDIS_URL": "redis://elsewhere"}
    nothing = _exec(tmp_path, [], **given)
    assert (nothing.returncode, "which command" in nothing.stderr) == (2, True)
    unknown = _exec(tmp_path, ["no-such-program"], **given)
    assert (unknown.returncode, "cannot run no-such-program" in unknown.stderr) == (127, True)


def test_exec_hands_a_termination_on_and_stops_its_servers(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    started = tmp_path / "started"
    launcher = subprocess.Popen(
        [
            *(sys.executable, "-m", "embedded", "--base-dir", str(tmp_path / "base"), "exec", "--"),
            *("/bin/sh", "-c", f"touch {started}; exec sleep 600"),
        ],
        env=_environment(),
    )
    _wait_for(started)
    launcher.send_signal(signal.SIGTERM)
    assert launcher.wait(40) == 128 + signal.SIGTERM
    assert list((tmp_path / "base").glob("run-*")) == []


def _exec(base: Path, command: list[str], **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "embedded", "--base-dir", str(base), "exec", "--", *command],
        env={**_environment(), **given},
        capture_output=True,
        text=True,
        check=False,
    )


def _environment() -> dict[str, str]:
    """This environment without servers: the test run itself is given some."""
    return {name: value for name, value in child_environment().items() if name not in {"DATABASE_URL", "REDIS_URL"}}


def _first_line(log: Path) -> str:
    deadline = time.monotonic() + 10
    while not (text := log.read_text()).endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return text.splitlines()[0]


def _wait_for(*paths: Path) -> None:
    deadline = time.monotonic() + 40
    while not all(path.exists() for path in paths):
        assert time.monotonic() < deadline
        time.sleep(0.02)
