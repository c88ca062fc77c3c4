"""A change of state, its event and the event's deliveries share one transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from .calls import API_VERSION, Call, visible
from .ids import new_id
from .store import EVERY_ACCOUNT, Json, Tx


def emit(call: Call, type_: str, subject: Json, previous: Json | None = None) -> Json:
    """Record that something happened and owe it to every endpoint that listens for it.

    `previous` holds the old values of changed fields (the `…updated` events have it).
    """
    data: Json = {"object": visible(subject)}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Json = {"id": new_id("evt"), "object": "event"}
    if call.connected:
        event["account"] = call.account
    event |= {
        "api_version": API_VERSION,
        "created": call.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": type_,
    }
    listeners = [endpoint["id"] for endpoint in endpoints_of(call.tx, call.account) if listens(endpoint, type_)]
    event["pending_webhooks"] = len(listeners)
    call.tx.insert(call.account, "event", event)
    for endpoint in listeners:
        for _ in range(call.knobs.duplicate):
            owe(call.tx, event["id"], endpoint, delay=call.knobs.extra_delay())
    return event


def endpoints_of(tx: Tx, account: str) -> list[Json]:
    """Return the endpoints that may hear of this account, the command line's included."""
    rows: Iterable[tuple[str]] = tx.sql.execute(
        "SELECT body FROM objects WHERE kind = 'webhook_endpoint' AND account IN (?, ?) ORDER BY seq",
        (account, EVERY_ACCOUNT),
    )
    return [json.loads(body) for (body,) in rows]


def listens(endpoint: Json, type_: str) -> bool:
    """Tell whether an endpoint is on and subscribed to this type."""
    wanted = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in wanted or type_ in wanted)


def owe(tx: Tx, event: str, endpoint: str, *, delay: float = 0.0) -> None:
    """Write down one delivery that is due after `delay` seconds."""
    now = time.time()
    tx.sql.execute(
        "INSERT INTO deliveries (event, endpoint, due_at, created_at) VALUES (?, ?, ?, ?)",
        (event, endpoint, now + delay, now),
    )
