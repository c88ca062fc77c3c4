"""The provider: its state, its knobs and the two ways into a transaction.

`read` and `write` serve the API; `at_session` serves the hosted page, the control endpoints and
the sweeper, which act for the account that holds the session.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import answers
from .answers import Answer, Running
from .calls import Call, Route, visible
from .checkout import expire
from .contract import checked
from .delivery import Dispatcher
from .errors import ApiError, missing
from .expansion import expanded
from .knobs import Knobs
from .store import Json, Store, Tx
from .sweeper import Sweeper


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An API request after its door: authenticated, routed, parsed."""

    route: Route
    path: str
    ids: dict[str, str]
    params: Json
    account: str
    connected: bool
    request_id: str
    key: str | None
    base_url: str


class Provider:
    """One sandbox over one state file."""

    def __init__(self, state: Path, knobs: Knobs) -> None:
        self.store = Store(state)
        self.knobs = knobs
        self.webhooks = Dispatcher(self.store, knobs)
        self.running = Running()
        self._sweeper = Sweeper(self.store, self._expire)

    def start(self) -> None:
        """Begin delivering and sweeping."""
        self.webhooks.start()
        self._sweeper.start()

    def stop(self) -> None:
        """Finish what is under way and close the state file."""
        self._sweeper.stop()
        self.webhooks.stop()
        self.store.close()

    def answer(self, asked: Asked) -> Answer:
        """Check a request against the SDK's types, run it once and return its answer."""
        params = checked(asked.route.params, asked.params)
        if asked.route.method == "GET":
            with self.store.reading() as tx:
                return self._run(asked, tx, params)
        key = asked.key if asked.route.method == "POST" else None
        with self.running.alone(asked.account, key):
            if self.knobs.api_delay_ms:
                time.sleep(self.knobs.api_delay_ms / 1000)
            with self.store.writing() as tx:
                done = self._once(asked, tx, params, key)
        self.webhooks.ring()
        return done

    def at_session[T](self, id_: str, act: Callable[[Call, Json], T]) -> T:
        """Run `act` on a session in the name of its account; commit unless it raises."""
        return self.at(id_, "checkout.session", act)

    def at[T](self, id_: str, kind: str, act: Callable[[Call, Json], T]) -> T:
        """Run `act` on an object in the name of its account; commit unless it raises."""
        with self.store.writing() as tx:
            account = tx.owner_of(id_) or ""
            found = tx.find(account, id_, kind)
            if found is None:
                raise missing(kind, id_)
            done = act(self.call(tx, account, connected=bool(found.get("_connected"))), found)
        self.webhooks.ring()
        return done

    def session(self, id_: str) -> Json:
        """Return a session whatever its account; raise NotFound."""
        with self.store.reading() as tx:
            return tx.get(tx.owner_of(id_) or "", id_, "checkout.session")

    def call(self, tx: Tx, account: str, *, connected: bool, asked: Asked | None = None) -> Call:
        """Return the context of one call; without `asked` nobody's request caused it."""
        return Call(
            tx=tx,
            account=account,
            connected=connected,
            request_id=asked.request_id if asked else None,
            idempotency_key=asked.key if asked else None,
            now=int(time.time()),
            base_url=asked.base_url if asked else "",
            knobs=self.knobs,
        )

    def _once(self, asked: Asked, tx: Tx, params: Json, key: str | None) -> Answer:
        if key is None:
            return self._run(asked, tx, params)
        mark = answers.fingerprint(asked.route.method, asked.path, asked.params)
        found = answers.recall(tx, asked.account, key, asked.path, mark)
        if found is not None:
            return found
        done = self._run(asked, tx, params)
        answers.remember(tx, asked.account, key, asked.path, mark, done, asked.request_id)
        return done

    def _run(self, asked: Asked, tx: Tx, params: Json) -> Answer:
        """Run the handler inside a savepoint; an error undoes it and becomes the answer."""
        call = self.call(tx, asked.account, connected=asked.connected, asked=asked)
        tx.sql.execute("SAVEPOINT work")
        try:
            body = visible(asked.route.handler(call, params, **asked.ids))
            done = Answer(200, expanded(call, body, params.get("expand", [])))
        except ApiError as refused:
            if not refused.keeps_effects:
                tx.sql.execute("ROLLBACK TO work")
            done = Answer(refused.status, refused.body())
        except Exception:  # noqa: BLE001 (as at Stripe, a 500 is stored too)
            traceback.print_exc(file=sys.stderr)
            tx.sql.execute("ROLLBACK TO work")
            done = Answer(500, _BROKEN)
        tx.sql.execute("RELEASE work")
        return done

    def _expire(self, id_: str) -> None:
        def close(call: Call, session: Json) -> None:
            if session["status"] == "open":  # it may have been paid since we looked
                expire(call, session)

        self.at_session(id_, close)


_BROKEN: Json = {
    "error": {
        "message": "The sandbox failed to handle this request; its log says why.",
        "type": "api_error",
    }
}
