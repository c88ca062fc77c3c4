"""State in one SQLite file: objects, deliveries, postings and idempotent answers.

Writers take turns (a process lock and BEGIN IMMEDIATE), so a check and the write it allows see
the same state. WAL with full sync: what was acknowledged is on disk.
"""

from __future__ import annotations

import fcntl
import json
import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import missing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    CHECK (kind <> 'charge' OR (
        json_extract(body, '$.amount_refunded') >= 0 AND
        json_extract(body, '$.amount_refunded') <= json_extract(body, '$.amount_captured')))
) STRICT;
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (account, kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent
    ON objects (account, kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS sessions_open ON objects (json_extract(body, '$.expires_at'))
    WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open';
CREATE TABLE IF NOT EXISTS postings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    cause TEXT NOT NULL,
    book TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    UNIQUE (cause, book)
) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'given_up')),
    due_at REAL NOT NULL,
    created_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due_at, id);
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event, state);
CREATE TABLE IF NOT EXISTS answers (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (created_at);
"""

EVERY_ACCOUNT = "*"

type Json = dict[str, Any]


class StateInUse(Exception):
    """Another sandbox holds this state file."""


class Tx:
    """One transaction's view of the objects."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.sql = connection

    def insert(self, account: str, kind: str, body: Json) -> Json:
        """Store a new object and return it."""
        self.sql.execute(
            "INSERT INTO objects (account, kind, id, created, body) VALUES (?, ?, ?, ?, ?)",
            (account, kind, body["id"], body["created"], json.dumps(body)),
        )
        return body

    def save(self, body: Json) -> Json:
        """Write an object back; it must exist."""
        done = self.sql.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))
        assert done.rowcount == 1, body["id"]
        return body

    def delete(self, id_: str) -> None:
        """Forget an object."""
        self.sql.execute("DELETE FROM objects WHERE id = ?", (id_,))

    def find(self, account: str, id_: str, kind: str | None = None) -> Json | None:
        """Return the account's object with this id, or None."""
        row = self.sql.execute("SELECT kind, body FROM objects WHERE id = ? AND account = ?", (id_, account)).fetchone()
        if row is None or (kind is not None and row[0] != kind):
            return None
        body: Json = json.loads(row[1])
        return body

    def get(self, account: str, id_: str, kind: str, *, param: str = "id") -> Json:
        """Return the object or raise Stripe's `resource_missing`."""
        found = self.find(account, id_, kind)
        if found is None:
            raise missing(kind, id_, param=param)
        return found

    def owner_of(self, id_: str) -> str | None:
        """Return the account that holds this id."""
        row = self.sql.execute("SELECT account FROM objects WHERE id = ?", (id_,)).fetchone()
        return str(row[0]) if row else None


class Store:
    """The state file, opened once per process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._guard = open(f"{path}.lock", "w", encoding="ascii")  # noqa: SIM115
        try:
            fcntl.flock(self._guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._guard.close()
            raise StateInUse(f"{path} is in use by another sandbox") from None
        self._turn = threading.RLock()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        with self._connection() as connection:
            connection.executescript(_SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """Run the block as the only writer; commit at its end, roll back when it raises."""
        with self._turn, self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Tx(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Run the block on one consistent snapshot."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield Tx(connection)
            finally:
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Wait for the current writer, then close every connection."""
        with self._turn:
            while not self._idle.empty():
                self._idle.get_nowait().close()
            self._guard.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection
