"""Closes sessions whose time is over and forgets old idempotent answers."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from .answers import forget_old
from .store import Store, Tx

_EVERY = 0.5
_HOUR = 3600.0


class Sweeper(threading.Thread):
    """Looks at the clock twice a second."""

    def __init__(self, store: Store, expire_session: Callable[[str], None]) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._store = store
        self._expire = expire_session
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Stop after the current round."""
        self._stopping.set()
        self.join(timeout=5)

    def run(self) -> None:
        forgotten_at = 0.0
        while not self._stopping.wait(_EVERY):
            try:
                with self._store.reading() as tx:
                    over = overdue(tx, now=int(time.time()))
                for id_ in over:
                    self._expire(id_)
                if time.monotonic() - forgotten_at > _HOUR or not forgotten_at:
                    forget_old(self._store, now=time.time())
                    forgotten_at = time.monotonic()
            except Exception as broken:  # noqa: BLE001 (the next round tries again)
                print(f"sandbox: sweeper: {broken!r}", file=sys.stderr, flush=True)


def overdue(tx: Tx, *, now: int) -> list[str]:
    """Return the ids of open sessions whose time is over."""
    rows = tx.sql.execute(
        "SELECT id FROM objects WHERE kind = 'checkout.session' "
        "AND json_extract(body, '$.status') = 'open' "
        "AND json_extract(body, '$.expires_at') <= ? LIMIT 100",
        (now,),
    ).fetchall()
    return [id_ for (id_,) in rows]
