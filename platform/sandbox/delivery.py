"""Delivers webhooks: signed, at least once, in no promised order, for hours.

What is owed stands in the state file; this thread only holds what is in the air. A kill between
sending and noting it down sends again, as Stripe may.
"""

from __future__ import annotations

import http.client
import json
import socket
import sqlite3
import ssl
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from stripe import WebhookSignature

from .calls import visible
from .knobs import Knobs
from .store import EVERY_ACCOUNT, Json, Store, Tx

AT_ONCE = 8
TIMEOUT = 10.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
GIVE_UP_AFTER = 6 * 3600.0
_IDLE = 1.0
_LAST_WAIT = 2.0


@dataclass(frozen=True)
class Parcel:
    """One attempt: everything that is needed to send without the state file."""

    id: int
    url: str
    secret: str
    payload: str
    attempts: int
    created_at: float


class Dispatcher(threading.Thread):
    """Hands due deliveries to a few senders and notes what became of them."""

    def __init__(self, store: Store, knobs: Knobs) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store = store
        self._knobs = knobs
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._in_air: set[int] = set()
        self._turn = threading.Lock()

    def ring(self) -> None:
        """Say that something may have become due."""
        self._bell.set()

    def stop(self) -> None:
        """Stop handing out and wait a little for what is in the air; the rest is sent again."""
        self._stopping.set()
        self._bell.set()
        self.join(timeout=TIMEOUT)
        until = time.monotonic() + _LAST_WAIT
        while self._in_air and time.monotonic() < until:
            time.sleep(0.02)

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                wait = self._hand_out()
            except sqlite3.Error as broken:  # a full disk, say: what is owed stays owed
                print(f"sandbox: webhooks: {broken!r}", file=sys.stderr, flush=True)
                wait = _IDLE
            self._bell.wait(wait)
            self._bell.clear()

    def _hand_out(self) -> float:
        """Send what is due; return the seconds until more may be due."""
        if self._knobs.pause_webhooks:
            return _IDLE
        with self._turn:
            flying = set(self._in_air)
        free = AT_ONCE - len(flying)
        if free <= 0:
            return _IDLE
        now = time.time()
        parcels, wait = self._due(now, flying, free)
        for parcel in parcels:
            with self._turn:
                self._in_air.add(parcel.id)
            threading.Thread(target=self._deliver, args=(parcel,), daemon=True).start()
        return wait

    def _due(self, now: float, flying: set[int], free: int) -> tuple[list[Parcel], float]:
        with self._store.reading() as tx:
            rows = tx.sql.execute(
                "SELECT id, event, endpoint, attempts, created_at, due_at FROM deliveries "
                "WHERE state = 'pending' ORDER BY due_at, id LIMIT ?",
                (free + len(flying) + 1,),
            ).fetchall()
            waiting = [row for row in rows if row[0] not in flying]
            due = [row for row in waiting if row[5] <= now][:free]
            parcels = [_parcel(tx, row) for row in due]
        later = [row[5] - now for row in waiting if row[5] > now]
        wait = max(0.01, min([_IDLE, *later]))
        return parcels, wait

    def _deliver(self, parcel: Parcel) -> None:
        try:
            status, error = _send(parcel)
            with self._store.writing() as tx:
                _note(tx, parcel, status, error)
        except Exception as broken:  # noqa: BLE001 (a lost note is sent again; the thread must live on)
            print(f"sandbox: delivery {parcel.id}: {broken!r}", file=sys.stderr, flush=True)
            time.sleep(_IDLE)
        finally:
            with self._turn:
                self._in_air.discard(parcel.id)
            self._bell.set()


def wait_before(attempts: int) -> float:
    """Return the seconds to wait after this many failed attempts: 0.5, 1, 2, 4 … 30."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 10))


def _parcel(tx: Tx, row: tuple[int, str, str, int, float, float]) -> Parcel:
    id_, event_id, endpoint_id, attempts, created_at, _ = row
    account = tx.owner_of(event_id) or ""
    event = tx.get(account, event_id, "event")
    endpoint = _endpoint(tx, account, endpoint_id)
    return Parcel(
        id=id_,
        url=endpoint["url"] if endpoint["status"] == "enabled" else "",
        secret=endpoint["_secret"],
        payload=json.dumps(visible(event), indent=2),
        attempts=attempts,
        created_at=created_at,
    )


def _endpoint(tx: Tx, account: str, id_: str) -> Json:
    for owner in (account, EVERY_ACCOUNT):
        found = tx.find(owner, id_, "webhook_endpoint")
        if found is not None:
            return found
    return {"url": "", "status": "deleted", "_secret": ""}


def _note(tx: Tx, parcel: Parcel, status: int | None, error: str | None) -> None:
    now = time.time()
    attempts = parcel.attempts + 1
    if status is not None and 200 <= status < 300:
        state, due_at = "delivered", now
    elif now - parcel.created_at > GIVE_UP_AFTER:
        state, due_at = "given_up", now
    else:
        state, due_at = "pending", now + wait_before(attempts)
    tx.sql.execute(
        "UPDATE deliveries SET state = ?, due_at = ?, attempts = ?, last_status = ?, "
        "last_error = ? WHERE id = ? AND state = 'pending'",
        (state, due_at, attempts, status, error, parcel.id),
    )


def _send(parcel: Parcel) -> tuple[int | None, str | None]:
    """Post once; return the HTTP status, or None and why there was none."""
    if not parcel.url:
        return None, "the endpoint is switched off"
    parts = urlsplit(parcel.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Host": parts.netloc.rpartition("@")[2],
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": WebhookSignature.generate_signature_header(parcel.payload, parcel.secret),
        "Connection": "close",
    }
    try:
        with closing(_connection(parts.scheme, parts.hostname or "", parts.port)) as connection:
            return _ask(connection, target, parcel.payload, headers)
    except (OSError, http.client.HTTPException, ValueError) as failed:  # ValueError: no such host name
        return None, f"{type(failed).__name__}: {failed}"[:300]


def _ask(
    connection: http.client.HTTPConnection, target: str, payload: str, headers: dict[str, str]
) -> tuple[int, str | None]:
    connection.request("POST", target, body=payload.encode(), headers=headers)
    answer = connection.getresponse()
    answer.read(65_536)
    return answer.status, None if 200 <= answer.status < 300 else f"HTTP {answer.status}"


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    # A browser takes every *.localhost for this machine; a resolver often does not.
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    return _Direct(host, port, timeout=TIMEOUT)


class _Direct(http.client.HTTPConnection):
    """A plain connection that sends small bodies at once."""

    def connect(self) -> None:
        super().connect()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
