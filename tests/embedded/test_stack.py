"""`manage.py dev` and the stack below it: everything starts, is found, steps over taken ports, and goes when told."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from embedded import children
from embedded.errors import CommandFailed
from embedded.ports import LOOPBACK, is_listening
from embedded.processes import ROOT, child_environment
from embedded.stack import Stack
from tests.embedded.waiting import eventually

pytestmark = pytest.mark.slow


def test_a_stack_serves_its_hosts_and_stops(database: dict[str, str], tmp_path: Path) -> None:
    with Stack(folder=tmp_path, environment=database, announced=True, say=lambda _line: None) as stack:
        pids = [process.pid for process in stack.supervisor.processes.values()]
        assert sorted(stack.supervisor.processes) == ["sandbox", "web", "worker"]
        assert _status(stack.web_port, "tributary.localhost") < 500
        announced = json.loads((tmp_path / "servers.json").read_text())
        assert announced == {"web_port": stack.web_port, "sandbox_url": stack.sandbox_url}
        with pytest.raises(CommandFailed, match="no-such-command"):
            stack.manage("no-such-command")
    assert [pid for pid in pids if children.is_alive(pid)] == []
    assert not is_listening(stack.web_port)
    assert not (tmp_path / "servers.json").exists()


def test_a_stack_killed_with_9_leaves_no_process(database: dict[str, str], tmp_path: Path) -> None:
    program = f"""
import time
from pathlib import Path
from embedded.stack import Stack
with Stack(folder=Path({str(tmp_path)!r}), say=lambda line: None) as stack:
    print(stack.web_port, *(process.pid for process in stack.supervisor.processes.values()), flush=True)
    time.sleep(600)
"""
    launcher = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=child_environment(**database)
    )
    assert launcher.stdout is not None
    web_port, *pids = (int(word) for word in launcher.stdout.readline().split())
    everyone = [*pids, *(pid for parent in pids for pid in _descendants(parent))]
    assert len(everyone) > len(pids), "the web server has workers of its own"
    launcher.kill()
    launcher.wait()
    eventually(lambda: [pid for pid in everyone if children.is_alive(pid)] == [])
    assert not is_listening(web_port)


def test_dev_starts_everything_shows_the_addresses_and_stops(database: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((LOOPBACK, 8000))
            taken.listen()
        except OSError:
            assert is_listening(8000), "8000 is taken by another server, which does as well"
        dev = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "dev"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=child_environment(**database),
        )
        assert dev.stdout is not None
        said = []
        for line in dev.stdout:
            said.append(line.strip())
            if "Ctrl-C" in line:
                break
        dev.send_signal(signal.SIGINT)
        rest = dev.stdout.read()
        assert dev.wait(60) == 0, rest
    addresses = [line for line in said if "http://tributary.localhost:" in line]
    assert len(addresses) == 1, said
    assert not addresses[0].endswith(":8000/")
    assert "stopped" in rest


@pytest.fixture
def database() -> Iterator[dict[str, str]]:
    """An empty database on the test run's server, with roles of its own, and no payment settings."""
    admin, name = os.environ["DATABASE_URL"], f"tributary_stack_{os.getpid()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield {
            "DATABASE_URL": f"{admin.rpartition('/')[0]}/{name}",
            "REDIS_URL": f"{os.environ['REDIS_URL'].rpartition('/')[0]}/7",
            "DATABASE_ROLE_PREFIX": "trb_stack_test",
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "STRIPE_SECRET_KEY": "",
            "STRIPE_API_BASE": "",
        }
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _status(port: int, host: str) -> int:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    connection.request("GET", "/", headers={"Host": host})
    status = connection.getresponse().status
    connection.close()
    return status


def _descendants(pid: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found
