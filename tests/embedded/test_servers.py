"""The launcher: starts, stops, forgets what is ephemeral, and leaves no process behind when it is killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import redis

from embedded import binaries, children, postgres
from embedded.account import Account
from embedded.errors import DataOfAnotherMajor, DataOutOfReach, NoFreePort, PostgresNotFound, RedisNotFound
from embedded.ports import LOOPBACK, free_port, is_free
from embedded.processes import child_environment
from embedded.servers import Servers, find_running
from tests.embedded.waiting import eventually


def test_ephemeral_servers_answer_and_leave_nothing(tmp_path: Path) -> None:
    base = tmp_path / ".local"
    with Servers(base_dir=base, ephemeral=True) as servers:
        pids = process_ids(servers.database_url, servers.redis_url)
        with psycopg.connect(servers.database_url) as connection:
            asked = connection.execute(
                "select current_database(), current_user, current_setting('server_version_num')::int >= 150000, "
                "current_setting('fsync'), current_setting('synchronous_commit'), "
                "current_setting('max_locks_per_transaction'), current_setting('max_connections'), lower('ÄÖ')"
            ).fetchone()
            connection.execute("create extension btree_gist")
            connection.execute("create extension pg_trgm")
            connection.execute("create role app login")
        assert asked == ("tributary", "tributary_owner", True, "on", "on", "1024", "200", "äö")
        assert redis.Redis.from_url(servers.redis_url).ping() is True
        assert find_running(base) is None, "tests must not be found as the project's lasting servers"
    assert [pid for pid in pids if children.is_alive(pid)] == []
    assert [path.name for path in base.iterdir()] == ["servers.lock"]


def test_two_instances_run_side_by_side(tmp_path: Path) -> None:
    with (
        Servers(base_dir=tmp_path, ephemeral=True) as one,
        Servers(base_dir=tmp_path, ephemeral=True) as other,
    ):
        assert len({pid for each in (one, other) for pid in process_ids(each.database_url, each.redis_url)}) == 4
        with psycopg.connect(one.database_url) as first:
            first.execute("create table only_here (id int)")
        with psycopg.connect(other.database_url) as second:
            assert second.execute("select to_regclass('only_here')").fetchone() == (None,)


def test_lasting_servers_keep_data_and_a_second_user_attaches(tmp_path: Path) -> None:
    with Servers(base_dir=tmp_path, ephemeral=False) as first:
        with psycopg.connect(first.database_url) as connection:
            connection.execute("create table kept (id int)")
        with Servers(base_dir=tmp_path, ephemeral=False) as second:
            assert (second.attached, second.database_url) == (True, first.database_url)
        running = find_running(tmp_path)
        assert running is not None
        assert (running.database_url, running.redis_url) == (first.database_url, first.redis_url)
    assert find_running(tmp_path) is None
    with (
        Servers(base_dir=tmp_path, ephemeral=False) as again,
        psycopg.connect(again.database_url) as connection,
    ):
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_a_stale_state_file_is_not_believed(tmp_path: Path, ended_pid: int) -> None:
    stale = {"database_url": "postgresql://nowhere", "redis_url": "redis://nowhere", "web_port": 8000}
    stale |= {"postgres_pid": ended_pid, "postgres_port": 1, "valkey_pid": ended_pid, "valkey_port": 1}
    (tmp_path / "servers.json").write_text(json.dumps(stale))
    assert find_running(tmp_path) is None
    (tmp_path / "servers.json").write_text("{ torn")
    assert find_running(tmp_path) is None


def test_data_of_another_major_is_refused_untouched(tmp_path: Path) -> None:
    with Servers(base_dir=tmp_path, ephemeral=False):
        version = next(path for path in _homes(tmp_path) if path.name == "PG_VERSION")
    version.write_text("9\n")
    with pytest.raises(DataOfAnotherMajor, match="made by PostgreSQL 9"), Servers(base_dir=tmp_path, ephemeral=False):
        pytest.fail("a server started on data it cannot read")
    assert version.read_text() == "9\n"


@pytest.mark.parametrize("ephemeral", [True, False])
def test_kill_9_of_the_launcher_leaves_no_process(tmp_path: Path, ephemeral: bool) -> None:
    launcher, pids = _launch_elsewhere(tmp_path, ephemeral=ephemeral)
    everyone = [*pids, *(pid for parent in pids for pid in _children_of(parent))]
    assert len(everyone) > 3, "PostgreSQL has helper processes of its own"
    assert all(children.is_alive(pid) for pid in everyone)
    launcher.kill()
    launcher.wait()
    eventually(lambda: [pid for pid in everyone if children.is_alive(pid)] == [])
    with Servers(base_dir=tmp_path, ephemeral=ephemeral) as servers, psycopg.connect(servers.database_url):
        left_behind = [
            path for path in tmp_path.glob("run-*") if (path / "launcher.pid").read_text() != str(os.getpid())
        ]
        assert left_behind == []


def test_a_taken_port_is_stepped_over() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert free_port(preferred=range(port, port + 50)) > port
        with pytest.raises(NoFreePort, match=str(port)):
            free_port(preferred=[port])


def test_two_launchers_that_start_at_once_choose_different_ports() -> None:
    """Neither listens yet; the claim of one that ended is nobody's."""
    port = free_port()
    program = f"from embedded.ports import free_port; print(free_port(preferred=[{port}]), flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=child_environment(),
    )  # fmt: skip
    assert other.stdout is not None
    assert int(other.stdout.readline()) == port
    assert free_port(preferred=range(port, port + 50)) > port
    other.communicate("\n")
    assert free_port(preferred=[port]) == port


def test_a_port_taken_between_look_and_use_is_stepped_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        answers = iter([port, free_port(), port, free_port()])
        monkeypatch.setattr("embedded.postgres.free_port", lambda *, preferred=(): next(answers))
        monkeypatch.setattr("embedded.valkey.free_port", lambda *, preferred=(): next(answers))
        with Servers(base_dir=tmp_path, ephemeral=True) as servers, psycopg.connect(servers.database_url) as connection:
            assert connection.info.port != port


@pytest.mark.skipif(not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")), reason="no system PostgreSQL")
def test_without_the_wheel_a_system_postgresql_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.binaries.find_spec", lambda name: None if "postgres" in name else find_spec(name))
    with Servers(base_dir=tmp_path, ephemeral=True) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.info.server_version >= 150000
        assert connection.execute("select lower('ÄÖ'), current_setting('server_encoding')").fetchone() == ("äö", "UTF8")
        connection.execute("create extension btree_gist")


def test_without_any_server_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.binaries.find_spec", lambda _name: None)
    monkeypatch.setattr("embedded.binaries._system_postgres", list)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PostgresNotFound, match=r"make setup.*DATABASE_URL"), Servers(base_dir=tmp_path, ephemeral=True):
        pytest.fail("a server started")
    assert list(tmp_path.glob("run-*")) == []
    with pytest.raises(RedisNotFound, match=r"make setup.*REDIS_URL"):
        binaries.find_valkey()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_in_a_private_home_keeps_data_outside_and_cleans_it_up(tmp_path: Path) -> None:
    private = tmp_path / "home"
    private.mkdir(mode=0o700)
    base = private / "project" / ".local"
    with Servers(base_dir=base, ephemeral=True) as servers:
        outside = Path((base / "outside").read_text().strip())
        assert outside.stat().st_mode & 0o777 == 0o711
        with psycopg.connect(servers.database_url) as connection:
            data = connection.execute("select current_setting('data_directory')").fetchone()
        assert data is not None
        assert Path(data[0]).is_relative_to(outside)
        assert Path(data[0]).stat().st_mode & 0o777 == 0o700
    assert not outside.exists()
    with Servers(base_dir=base, ephemeral=False):
        outside = Path((base / "outside").read_text().strip())
    assert (outside / "data").is_dir()
    cleaned = subprocess.run(
        [sys.executable, "-m", "embedded", "--base-dir", str(base), "clean"], env=child_environment(), check=True
    )
    assert cleaned.returncode == 0
    assert not outside.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_data_that_got_out_of_reach_is_not_replaced_by_an_empty_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Servers(base_dir=home / ".local", ephemeral=False):
        pass
    home.chmod(0o700)
    with pytest.raises(DataOutOfReach, match="chmod"), Servers(base_dir=home / ".local", ephemeral=False):
        pytest.fail("a server started")
    home.chmod(0o755)
    with Servers(base_dir=home / ".local", ephemeral=False) as servers, psycopg.connect(servers.database_url):
        assert not (home / ".local" / "outside").exists()


def test_the_server_never_runs_as_root(tmp_path: Path) -> None:
    with Servers(base_dir=tmp_path, ephemeral=True) as servers:
        uid = Path(f"/proc/{process_ids(servers.database_url, servers.redis_url)[0]}").stat().st_uid
    assert uid != 0


def test_a_child_for_a_launcher_already_gone_does_not_start(tmp_path: Path) -> None:
    script = Path(children.__file__).with_name("tether.py")
    touched = tmp_path / "started"
    ended = subprocess.run(
        [sys.executable, "-I", "-S", str(script), "15", "1", "-1", "-1", "touch", str(touched)],
        env={**os.environ, "TETHERED_ENVIRONMENT": "{}"},
        check=False,
    )
    assert ended.returncode == 1
    assert not touched.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_the_tether_drops_to_the_account(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = children.spawn(
        command=["/bin/sh", "-c", "id -u; id -g; id -G; env"],
        log=log,
        death_signal=signal.SIGTERM,
        environment={"PATH": "/usr/bin:/bin"},
        cwd=Path("/"),
        account=Account(uid=12345, gid=12346),
    )
    assert child.wait(10) == 0
    told = log.read_text().split()
    assert told[:3] == ["12345", "12346", "12346"]
    assert "PATH=/usr/bin:/bin" in told[3:]
    assert not any(line.startswith(("HOME=", "TETHERED_ENVIRONMENT=")) for line in told[3:])


def test_lock_file_of_a_data_folder_is_read(tmp_path: Path) -> None:
    assert postgres.postmaster_pid(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("4711\n/data\n")
    assert postgres.postmaster_pid(tmp_path) == 4711


@pytest.fixture
def ended_pid() -> int:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    return ended.pid


def _launch_elsewhere(base: Path, *, ephemeral: bool) -> tuple[subprocess.Popen[str], list[int]]:
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from embedded.servers import Servers
        with Servers(base_dir=Path({str(base)!r}), ephemeral={ephemeral}) as servers:
            print(servers.database_url, servers.redis_url, flush=True)
            time.sleep(600)
    """)
    launcher = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    assert launcher.stdout is not None
    return launcher, process_ids(*launcher.stdout.readline().split())


def process_ids(database_url: str, redis_url: str) -> list[int]:
    """The PostgreSQL server, which is the parent of the process that answers, and Valkey."""
    with psycopg.connect(database_url) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    told = redis.Redis.from_url(redis_url).info("server")
    return [int(re.findall(r"^PPid:\s+(\d+)$", status, re.MULTILINE)[0]), told["process_id"]]


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _homes(base: Path) -> Iterator[Path]:
    record = base / "outside"
    root = Path(record.read_text().strip()) if record.exists() else base
    return root.glob("data/postgres/*")
