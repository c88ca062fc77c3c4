"""Examine this machine for `manage.py doctor`: each finding says what is, and how to mend what is not.

Knows nothing of Django: it has to run when settings point to a database that is down.
"""

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from embedded.binaries import OLDEST_POSTGRES, find_pg_dump, find_postgres, find_valkey
from embedded.errors import EmbeddedError
from embedded.machine import NEEDS

OLDEST_PYTHON = (3, 12)
EXTENSIONS = ("btree_gist", "pg_trgm")
LOCKS_FOR_MANY_BRANDS = 1024
GIGABYTE = 1_000_000_000
SHORTEST_SECRET = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined. What is not `required` only limits what works, as `remedy` says."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    required: bool = True

    @property
    def status(self) -> str:
        """Return `ok`, `failed`, or `limited` for something the system can do without."""
        if self.ok:
            return "ok"
        return "failed" if self.required else "limited"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined. Empty URLs mean that the embedded servers are used. Secrets are only measured."""

    local: Path
    database_url: str = ""
    redis_url: str = ""
    secrets: tuple[tuple[str, str], ...] = ()


def examine(subject: Subject) -> list[Finding]:
    """Return every finding, in the order one would mend them."""
    return [
        python(),
        *database(subject.database_url),
        bell(subject.redis_url),
        *system(),
        writable(subject.local),
        disk(subject.local),
        *secrets(subject.secrets),
    ]


def python() -> Finding:
    """Examine the interpreter's version."""
    remedy = "Rebuild the environment: make clean && make setup PYTHON=/path/to/python3.13"
    return Finding("Python", sys.version_info >= OLDEST_PYTHON, sys.version.split()[0], remedy)


def database(url: str) -> Iterator[Finding]:
    """Examine PostgreSQL: reachable, new enough, its extensions, the owner's rights, room for locks, pg_dump."""
    if not url:
        yield _embedded_postgres()
        return
    where = _without_password(url)
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            major = connection.info.server_version // 10000
            ok = major >= OLDEST_POSTGRES
            yield Finding(
                "PostgreSQL", ok, f"{major} at {where}", f"Use PostgreSQL {OLDEST_POSTGRES} or newer in DATABASE_URL."
            )
            yield _extensions(connection)
            yield _owner_rights(connection)
            yield _locks(connection)
            yield pg_dump(server_major=major)
    except psycopg.Error as error:
        remedy = "Start the server, or correct DATABASE_URL, or unset it to use the embedded server (`make run`)."
        yield Finding("PostgreSQL", False, f"{where} does not answer: {' '.join(str(error).split())}", remedy)


def bell(url: str) -> Finding:
    """Examine Redis or Valkey."""
    if not url:
        try:
            return Finding("Redis", True, f"embedded, started when needed ({find_valkey().name})")
        except EmbeddedError as error:
            return Finding("Redis", False, "neither configured nor embedded", str(error))
    where = _without_password(url)
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        remedy = "Start the server, or correct REDIS_URL, or unset it to use the embedded server (`make run`)."
        return Finding("Redis", False, f"{where} does not answer: {error}", remedy)
    return Finding("Redis", True, f"answers at {where}")


def pg_dump(*, server_major: int) -> Finding:
    """Examine pg_dump, which compiles the template of a brand's schema; an older one refuses a newer server."""
    found = find_pg_dump()
    remedy = f"Install the client programs of PostgreSQL {server_major} or newer (package postgresql-client)."
    if found is None:
        return Finding("pg_dump", False, "not found", remedy)
    program, major = found
    return Finding("pg_dump", major >= server_major, f"{major} ({program}) for server {server_major}", remedy)


def system() -> Iterator[Finding]:
    """Examine what the operating system brings, and that WeasyPrint works with it."""
    for need in NEEDS:
        met = need.is_met()
        detail = "present" if met else f"missing: no {need.purpose}"
        yield Finding(need.name, met, detail, f"As root: {need.remedy}", required=False)
    try:
        version = importlib.import_module("weasyprint").__version__
    except (ImportError, OSError) as error:
        yield Finding("WeasyPrint", False, str(error).splitlines()[0], "Install Pango, as above.", required=False)
    else:
        yield Finding("WeasyPrint", True, str(version), required=False)


def writable(folder: Path) -> Finding:
    """Examine whether data, logs and documents can be kept in the project's `.local/`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        remedy = f"Make {folder} writable for the user this runs as (uid {os.geteuid()})."
        return Finding(".local", False, f"{folder}: {error.strerror}", remedy)
    return Finding(".local", True, f"{folder} is writable")


def disk(folder: Path) -> Finding:
    """Examine the free space where data is kept."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / GIGABYTE:.1f} GB free at {existing}"
    return Finding("disk space", free >= GIGABYTE, detail, "Free at least 1 GB.", required=free < GIGABYTE // 5)


def secrets(named: tuple[tuple[str, str], ...]) -> Iterator[Finding]:
    """Examine that secrets are long and no placeholder. Their values are never shown."""
    for name, value in named:
        ok = len(value) >= SHORTEST_SECRET and "change" not in value.lower() and len(set(value)) > 9
        make = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        detail = f"{len(value)} characters" if ok else "too short, empty or a placeholder"
        yield Finding(name, ok, detail, f"Set {name} to a random value; make one with: {make}")


def _embedded_postgres() -> Finding:
    try:
        programs = find_postgres()
    except EmbeddedError as error:
        return Finding("PostgreSQL", False, "neither configured nor embedded", str(error))
    return Finding("PostgreSQL", True, f"{programs.major}, embedded, started when needed")


def _extensions(connection: psycopg.Connection) -> Finding:
    rows = connection.execute("select name from pg_available_extensions where name = any(%s)", [list(EXTENSIONS)])
    missing = sorted(set(EXTENSIONS) - {name for (name,) in rows})
    remedy = "Install PostgreSQL's contrib modules on the server (package postgresql-contrib)."
    return Finding("extensions", not missing, f"missing: {', '.join(missing)}" if missing else "available", remedy)


def _owner_rights(connection: psycopg.Connection) -> Finding:
    row = connection.execute(
        "select rolname, rolcreaterole or rolsuper, rolsuper or has_database_privilege(current_database(), 'CREATE')"
        " from pg_roles where rolname = current_user"
    ).fetchone()
    name, may_create_roles, may_create_schemas = row if row is not None else ("?", False, False)
    grants = f'ALTER ROLE "{name}" CREATEROLE; GRANT CREATE ON DATABASE "{connection.info.dbname}" TO "{name}";'
    detail = f"{name}: roles {'yes' if may_create_roles else 'no'}, schemas {'yes' if may_create_schemas else 'no'}"
    return Finding("owner role", may_create_roles and may_create_schemas, detail, f"As a superuser: {grants}")


def _locks(connection: psycopg.Connection) -> Finding:
    row = connection.execute("select current_setting('max_locks_per_transaction')::int").fetchone()
    locks = row[0] if row is not None else 0
    remedy = f"For hundreds of brands set max_locks_per_transaction = {LOCKS_FOR_MANY_BRANDS} in postgresql.conf."
    return Finding("lock table", locks >= LOCKS_FOR_MANY_BRANDS, f"{locks} per transaction", remedy, required=False)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or '?'}:{parts.port or 'default port'}{parts.path}"
