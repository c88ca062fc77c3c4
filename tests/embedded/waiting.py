"""Waiting for what another process does."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    """Fail unless it comes true in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
