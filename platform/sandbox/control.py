"""The tests' side door: turn knobs, look inside, pay without a browser, send events again."""

from __future__ import annotations

import json
from typing import Any

from . import books
from .api.accounts import restrict
from .calls import Call, visible
from .cards import BY_NUMBER, DECLINED, VISA, Card, digits
from .checkout import Buyer, expire, pay, return_address
from .disputing import lose, open_dispute, respond, win
from .errors import ApiError, missing
from .events import endpoints_of, listens, owe
from .provider import Provider
from .store import Json, Tx

MAX_REDELIVERIES = 100_000


def turn_knobs(provider: Provider, wanted: Json) -> Json:
    """Change the named knobs and return all of them."""
    provider.knobs.change(wanted)
    provider.webhooks.ring()
    return provider.knobs.shown()


def state(provider: Provider) -> Json:
    """Count what there is and is owed, and check the books."""
    with provider.store.reading() as tx:
        return {
            "object": "sandbox.state",
            "counts": _grouped(tx, "SELECT kind, count(*) FROM objects GROUP BY kind"),
            "accounts": _grouped(tx, "SELECT account, count(*) FROM objects WHERE account <> '*' GROUP BY account"),
            "events": _grouped(
                tx,
                "SELECT json_extract(body, '$.type'), count(*) FROM objects WHERE kind = 'event' GROUP BY 1",
            ),
            "deliveries": _deliveries(tx),
            "idempotency_keys": tx.sql.execute("SELECT count(*) FROM answers").fetchone()[0],
            "keys_under_way": provider.running.count(),
            "books": books.verdict(tx),
            "knobs": provider.knobs.shown(),
        }


def redeliver(provider: Provider, wanted: Json) -> Json:
    """Owe events again: all or one (`event`), `times` each, in random order (`shuffle`)."""
    _only(wanted, {"event": str, "times": int, "shuffle": bool})
    times = wanted.get("times", 1)
    if not 1 <= times <= 1000:
        raise ApiError("times must lie between 1 and 1000", param="times")
    with provider.store.writing() as tx:
        pairs = _pairs(tx, wanted.get("event")) * times
        if len(pairs) > MAX_REDELIVERIES:
            raise ApiError(f"That is more than {MAX_REDELIVERIES} deliveries.", param="times")
        if wanted.get("shuffle", True):
            pairs = provider.knobs.shuffled(pairs)
        for event, endpoint in pairs:
            owe(tx, event, endpoint, delay=provider.knobs.extra_delay())
    provider.webhooks.ring()
    return {"deliveries": len(pairs)}


def pay_session(provider: Provider, id_: str, wanted: Json) -> Json:
    """Pay a session with a test card (`card`, default 4242…), `email` and `name`."""
    return _attempt(provider, id_, wanted, VISA)


def decline_session(provider: Provider, id_: str, wanted: Json) -> Json:
    """Try to pay a session with a card that is declined."""
    return _attempt(provider, id_, wanted, DECLINED)


def expire_session(provider: Provider, id_: str, wanted: Json) -> Json:
    """Expire a session as if its time were over."""
    _only(wanted, {})
    return {"session": visible(provider.at_session(id_, expire)), "paid": False}


def dispute_charge(provider: Provider, id_: str, wanted: Json) -> Json:
    """Dispute a charge as its customer's bank: `amount` (default: what is left), `reason`."""
    _only(wanted, {"amount": int, "reason": str})
    amount, reason = wanted.get("amount"), wanted.get("reason", "fraudulent")
    return provider.at(id_, "charge", lambda call, charge: open_dispute(call, charge, amount=amount, reason=reason))


def respond_to_dispute(provider: Provider, id_: str, wanted: Json) -> Json:
    """Hand in the evidence of a dispute."""
    _only(wanted, {})
    return provider.at(id_, "dispute", respond)


def win_dispute(provider: Provider, id_: str, wanted: Json) -> Json:
    """Decide a dispute for the brand."""
    _only(wanted, {})
    return provider.at(id_, "dispute", win)


def lose_dispute(provider: Provider, id_: str, wanted: Json) -> Json:
    """Decide a dispute for the customer."""
    _only(wanted, {})
    return provider.at(id_, "dispute", lose)


def restrict_account(provider: Provider, id_: str, wanted: Json) -> Json:
    """Let a connected account take no transfers any more."""
    _only(wanted, {})
    return provider.at(id_, "account", restrict)


def _attempt(provider: Provider, id_: str, wanted: Json, default: Card) -> Json:
    _only(wanted, {"card": str, "email": str, "name": str})
    number = digits(wanted.get("card", default.number))
    if number not in BY_NUMBER:
        raise ApiError(f"Not a test card: {number}", param="card", code="incorrect_number")

    def act(call: Call, session: Json) -> Json:
        known = session["customer_details"] or {}
        buyer = Buyer(
            email=wanted.get("email") or known.get("email") or "customer@example.com",
            name=wanted.get("name") or known.get("name") or "Test Customer",
        )
        paid = pay(call, session, BY_NUMBER[number], buyer)
        redirect = return_address(session) if paid else None
        return {"session": visible(session), "paid": paid, "redirect": redirect}

    return provider.at_session(id_, act)


def _pairs(tx: Tx, event: str | None) -> list[tuple[str, str]]:
    rows = tx.sql.execute(
        "SELECT account, body FROM objects WHERE kind = 'event' AND (? IS NULL OR id = ?) ORDER BY seq",
        (event, event),
    ).fetchall()
    if event is not None and not rows:
        raise missing("event", event, param="event")
    listeners: dict[str, list[Json]] = {}
    found = []
    for account, text in rows:
        body = json.loads(text)
        if account not in listeners:
            listeners[account] = endpoints_of(tx, account)
        found += [(body["id"], e["id"]) for e in listeners[account] if listens(e, body["type"])]
    return found


def _deliveries(tx: Tx) -> Json:
    counts = {"pending": 0, "delivered": 0, "given_up": 0}
    counts |= _grouped(tx, "SELECT state, count(*) FROM deliveries GROUP BY state")
    failing = tx.sql.execute(
        "SELECT event, endpoint, attempts, last_error, due_at FROM deliveries "
        "WHERE state = 'pending' AND attempts > 0 ORDER BY due_at LIMIT 20"
    ).fetchall()
    names = ("event", "endpoint", "attempts", "last_error", "due_at")
    return counts | {"failing": [dict(zip(names, row, strict=True)) for row in failing]}


def _grouped(tx: Tx, query: str) -> dict[str, int]:
    return dict(tx.sql.execute(query).fetchall())


def _only(wanted: Json, types: dict[str, type]) -> None:
    for name, value in wanted.items():
        expected: Any = types.get(name)
        if expected is None:
            raise ApiError(f"Unknown field: {name}", param=name, code="parameter_unknown")
        if type(value) is not expected:
            raise ApiError(f"{name} must be a {expected.__name__}", param=name)
