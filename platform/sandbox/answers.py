"""Idempotency keys: the first answer to a key is the answer to that key.

The answer is stored in the transaction that made it, so a kill leaves either nothing or both.
Requests that never began (bad key, failed validation, a running twin) store nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import ApiError, KeyBusy, KeyReused
from .store import Json, Store, Tx

MAX_KEY = 255
KEPT = 25 * 3600.0


@dataclass(frozen=True)
class Answer:
    """A status and a body; `replayed_from` names the request that first gave them."""

    status: int
    body: Json
    replayed_from: str | None = None


def checked_key(key: str | None) -> str | None:
    """Return the key, or None when there is none; raise when Stripe would not take it."""
    if key is not None and len(key) > MAX_KEY:
        raise ApiError(f"Idempotency-Key must be at most {MAX_KEY} characters, got {len(key)}.")
    return key or None


def fingerprint(method: str, path: str, params: Json) -> str:
    """Return what must be equal for two requests to be the same request."""
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Running:
    """The keys whose first request is still under way in this process."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()
        self._turn = threading.Lock()

    @contextmanager
    def alone(self, account: str, key: str | None) -> Iterator[None]:
        """Hold the key while the block runs; raise KeyBusy when the twin holds it."""
        if key is None:
            yield
            return
        with self._turn:
            if (account, key) in self._keys:
                raise KeyBusy(key)
            self._keys.add((account, key))
        try:
            yield
        finally:
            with self._turn:
                self._keys.discard((account, key))

    def count(self) -> int:
        """Return how many keys are held now."""
        with self._turn:
            return len(self._keys)


def recall(tx: Tx, account: str, key: str, path: str, mark: str) -> Answer | None:
    """Return the stored answer to this key, or None; raise KeyReused for another request."""
    row = tx.sql.execute(
        "SELECT path, fingerprint, status, body, request_id FROM answers WHERE account = ? AND key = ?",
        (account, key),
    ).fetchone()
    if row is None:
        return None
    if row[0] != path:
        raise KeyReused(
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{path}' vs '{row[0]}'). Try using a key other than '{key}' if you meant "
            "to execute a different request."
        )
    if row[1] != mark:
        raise KeyReused(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
    return Answer(row[2], json.loads(row[3]), replayed_from=row[4])


def remember(tx: Tx, account: str, key: str, path: str, mark: str, answer: Answer, request_id: str) -> None:
    """Store the first answer to a key."""
    tx.sql.execute(
        "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account,
            key,
            path,
            mark,
            answer.status,
            json.dumps(answer.body),
            request_id,
            time.time(),
        ),
    )


def forget_old(store: Store, *, now: float) -> int:
    """Drop answers older than a day and an hour; return how many."""
    with store.writing() as tx:
        done = tx.sql.execute("DELETE FROM answers WHERE created_at < ?", (now - KEPT,))
        return done.rowcount
