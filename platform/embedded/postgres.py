"""One PostgreSQL server of our own: create its data folder, start it, create the database, stop it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from embedded import children
from embedded.account import Account
from embedded.binaries import PostgresPrograms
from embedded.errors import DataOfAnotherMajor, ServerDidNotStart
from embedded.ports import LOOPBACK, free_port

OWNER = "tributary_owner"
DATABASE = "tributary"
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
START_SECONDS = 60.0
ATTEMPTS = 5
FIRST_WITH_BUILTIN_LOCALE = 17
# Durability (fsync, synchronous_commit, full_page_writes) is left at its default, on. Every brand is a schema, so one
# dump or migration locks more tables than the default lock table holds.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "1024",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres:
    """A running PostgreSQL server and its URL; `start` returns one."""

    def __init__(self, *, child: children.Child, port: int, data: Path) -> None:
        self.child = child
        self.port = port
        self.data = data

    @property
    def url(self) -> str:
        """The owner's URL: a superuser that may create roles and extensions."""
        return owner_url(self.port)

    def stop(self) -> None:
        """Stop it by a fast shutdown: sessions are cut, committed work is on disk."""
        children.stop(self.child, with_signal=signal.SIGINT, patience=30)


def owner_url(port: int, *, database: str = DATABASE) -> str:
    """Return the URL of the owner role on an embedded server."""
    return f"postgresql://{OWNER}@{LOOPBACK}:{port}/{database}"


def start(
    *, programs: PostgresPrograms, data: Path, log: Path, preferred_ports: range, account: Account | None
) -> Postgres:
    """Start a server on `data`, creating folder and database when they are new.

    Raises DataOfAnotherMajor and ServerDidNotStart.
    """
    _wait_for_previous(data)
    if not (data / "PG_VERSION").exists():
        _create_cluster(programs=programs, data=data, account=account)
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(programs.major):
        raise DataOfAnotherMajor(data=str(data), found=found, server=programs.major)
    for attempt in range(ATTEMPTS):
        # A port that looked free can be taken before the server binds it: try another one then.
        port = free_port(preferred=preferred_ports if attempt == 0 else ())
        server = _launch(programs=programs, data=data, log=log, port=port, account=account)
        if _wait_until_ready(server):
            _ensure_database(port)
            return server
    raise ServerDidNotStart(name="PostgreSQL", log=str(log), last_lines=children.tail(log))


def _create_cluster(*, programs: PostgresPrograms, data: Path, account: Account | None) -> None:
    data.mkdir(parents=True, exist_ok=True)
    if account is not None:
        os.chown(data, account.uid, account.gid)
    data.chmod(0o700)
    made = subprocess.run(
        [programs.bin / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", *_locale(programs.major)],
        env=CLEAN_ENVIRONMENT,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if made.returncode != 0:
        raise ServerDidNotStart(name="initdb", log="its own output", last_lines=made.stdout + made.stderr)


def _locale(major: int) -> list[str]:
    """Order by code point, fold case by Unicode: the same on every machine."""
    if major >= FIRST_WITH_BUILTIN_LOCALE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C", f"--lc-ctype={'UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}"]


def _launch(*, programs: PostgresPrograms, data: Path, log: Path, port: int, account: Account | None) -> Postgres:
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
    child = children.spawn(
        command=[programs.bin / "postgres", "-D", data, "-p", str(port), *settings],
        log=log,
        death_signal=signal.SIGINT,
        environment=CLEAN_ENVIRONMENT,
        cwd=Path("/"),
        account=account,
    )
    return Postgres(child=child, port=port, data=data)


def _wait_until_ready(server: Postgres) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while server.child.poll() is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(owner_url(server.port, database="postgres"), connect_timeout=2):
                return server.child.poll() is None
        except psycopg.OperationalError:
            time.sleep(0.03)
    children.stop(server.child, with_signal=signal.SIGINT, patience=10)
    return False


def _ensure_database(port: int) -> None:
    with psycopg.connect(owner_url(port, database="postgres"), autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))


def _wait_for_previous(data: Path) -> None:
    """Give a server whose launcher was killed the time to finish its own shutdown."""
    deadline = time.monotonic() + 20
    while (pid := postmaster_pid(data)) is not None and children.is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)


def postmaster_pid(data: Path) -> int | None:
    """Return the process id in the data folder's lock file, if there is one."""
    try:
        return int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
