"""One Valkey (or Redis) server of our own: the bell that wakes workers, and the cache. It keeps nothing on disk."""

import signal
import socket
import time
from pathlib import Path

from embedded import children
from embedded.errors import ServerDidNotStart
from embedded.ports import LOOPBACK, free_port

START_SECONDS = 20.0
ATTEMPTS = 5


class Valkey:
    """A running server and its URL; `start` returns one."""

    def __init__(self, *, child: children.Child, port: int) -> None:
        self.child = child
        self.port = port

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return redis_url(self.port)

    def stop(self) -> None:
        """Stop it; there is nothing to save, PostgreSQL holds the record."""
        children.stop(self.child, with_signal=signal.SIGTERM, patience=5)


def redis_url(port: int) -> str:
    """Return the URL of the first database of an embedded server."""
    return f"redis://{LOOPBACK}:{port}/0"


def start(*, program: Path, folder: Path, log: Path, preferred_ports: range) -> Valkey:
    """Start a server with `folder` as its working directory. Raises ServerDidNotStart."""
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(ATTEMPTS):
        port = free_port(preferred=preferred_ports if attempt == 0 else ())
        options = {"--bind": LOOPBACK, "--port": str(port), "--dir": str(folder), "--save": "", "--appendonly": "no"}
        child = children.spawn(
            command=[program, *(part for option in options.items() for part in option)],
            log=log,
            death_signal=signal.SIGTERM,
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            cwd=folder,
        )
        server = Valkey(child=child, port=port)
        if _wait_until_ready(server):
            return server
    raise ServerDidNotStart(name="Valkey", log=str(log), last_lines=children.tail(log))


def _wait_until_ready(server: Valkey) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while server.child.poll() is None and time.monotonic() < deadline:
        if answers_ping(server.port):
            return server.child.poll() is None
        time.sleep(0.02)
    server.stop()
    return False


def answers_ping(port: int) -> bool:
    """Tell whether a Redis-speaking server answers on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
