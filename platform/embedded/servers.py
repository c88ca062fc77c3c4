"""PostgreSQL and Valkey as one unit: `with Servers(base_dir=…, ephemeral=…) as servers: servers.database_url`."""

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import home, postgres, valkey
from embedded.account import unprivileged_account
from embedded.binaries import find_postgres, find_valkey, placed_for
from embedded.children import is_alive
from embedded.ports import is_listening
from embedded.state import announce, read_state, withdraw

POSTGRES_PORTS = range(54320, 54420)
VALKEY_PORTS = range(63790, 63890)


@dataclass(frozen=True, slots=True)
class Running:
    """What `.local/servers.json` says about the servers that keep their data: where they are, which processes."""

    database_url: str
    redis_url: str
    postgres_pid: int
    postgres_port: int
    valkey_pid: int
    valkey_port: int

    def is_current(self) -> bool:
        """Tell whether both servers still run; a file left by a killed launcher says no."""
        return (
            is_alive(self.postgres_pid)
            and is_alive(self.valkey_pid)
            and is_listening(self.postgres_port)
            and valkey.answers_ping(self.valkey_port)
        )


def find_running(base_dir: Path) -> Running | None:
    """Return the servers with lasting data that another process runs for this `.local/`, if any."""
    state = read_state(base_dir)
    names = [field.name for field in fields(Running)]
    if any(name not in state for name in names):
        return None
    running = Running(**{name: state[name] for name in names})  # type: ignore[arg-type]  # we wrote it, typed
    return running if running.is_current() else None


class Servers:
    """Both servers for the time of a `with` block.

    `base_dir` is the project's `.local/`. Ephemeral servers start empty on random ports and leave nothing behind.
    The others keep their data, and one set runs per `base_dir`: a second user attaches to the first one's servers and
    leaves them running.
    """

    def __init__(self, *, base_dir: Path, ephemeral: bool) -> None:
        self.base_dir = base_dir.resolve()
        self.ephemeral = ephemeral
        self.attached = False
        self.database_url = ""
        self.redis_url = ""
        self._postgres: postgres.Postgres | None = None
        self._valkey: valkey.Valkey | None = None
        self._home: Path | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start both servers, or attach to running ones. Raises an EmbeddedError that says how to mend it."""
        self.base_dir.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(self.base_dir):
            running = None if self.ephemeral else find_running(self.base_dir)
            if running is not None:
                self.attached = True
                self.database_url, self.redis_url = running.database_url, running.redis_url
                return
            self._start_own()

    def stop(self) -> None:
        """Stop what this object started: Valkey, then PostgreSQL; then remove what was ephemeral."""
        if self._valkey is not None:
            self._valkey.stop()
            self._valkey = None
        if self._postgres is not None:
            self._postgres.stop()
            self._postgres = None
            if not self.ephemeral:
                withdraw(self.base_dir, *(field.name for field in fields(Running)))
        if self.ephemeral and self._home is not None:
            with _one_at_a_time(self.base_dir):
                home.remove_ephemeral(self._home, base_dir=self.base_dir)
            self._home = None

    def _start_own(self) -> None:
        account = unprivileged_account()
        make_home = home.ephemeral_home if self.ephemeral else home.persistent_home
        self._home = make_home(self.base_dir, account=account)
        logs = self._home / "logs" if self.ephemeral else self.base_dir / "logs"
        self._postgres = postgres.start(
            programs=placed_for(find_postgres(), account=account, home=self._home),
            data=self._home / "postgres",
            log=logs / "postgres.log",
            preferred_ports=range(0) if self.ephemeral else POSTGRES_PORTS,
            account=account,
        )
        self._valkey = valkey.start(
            program=find_valkey(),
            folder=self._home / "valkey",
            log=logs / "valkey.log",
            preferred_ports=range(0) if self.ephemeral else VALKEY_PORTS,
        )
        self.database_url, self.redis_url = self._postgres.url, self._valkey.url
        if not self.ephemeral:
            self._record(self._postgres, self._valkey)

    def _record(self, started_postgres: postgres.Postgres, started_valkey: valkey.Valkey) -> None:
        running = Running(
            database_url=self.database_url,
            redis_url=self.redis_url,
            postgres_pid=started_postgres.child.pid,
            postgres_port=started_postgres.port,
            valkey_pid=started_valkey.child.pid,
            valkey_port=started_valkey.port,
        )
        announce(self.base_dir, **asdict(running))


@contextlib.contextmanager
def _one_at_a_time(base_dir: Path) -> Iterator[None]:
    """Serialise launchers of one `.local/`: two cannot both find nothing running, nor one remove what another fills."""
    with (base_dir / "servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
