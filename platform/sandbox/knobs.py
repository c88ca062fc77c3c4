"""What a test may turn: faults and fees of this process, not kept over a restart."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field, fields
from typing import Any

from .errors import ApiError

REORDER_WINDOW = 1.0


@dataclass
class Knobs:
    """The settings; every field is a JSON name of `POST /_sandbox/knobs`."""

    duplicate: int = 1
    delay_ms: int = 0
    reorder: float = 0.0
    pause_webhooks: bool = False
    drop_answers: float = 0.0
    drop_next: int = 0
    fail_next: int = 0
    fail_times: int = 1
    api_delay_ms: int = 0
    fee_bps: int = 0
    fee_fixed: int = 0
    session_min_seconds: int = 1800
    brand: str = ""
    seed: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(0), repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def change(self, wanted: dict[str, Any]) -> None:
        """Turn the named knobs, all or none; raise ApiError naming the wrong one."""
        values = {name: _accepted(name, value) for name, value in wanted.items()}
        with self._turn:
            for name, value in values.items():
                setattr(self, name, value)
            if "seed" in values:
                self._chance.seed(self.seed)

    def shown(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return {name: getattr(self, name) for name in NAMES}

    def extra_delay(self) -> float:
        """Return the seconds by which one delivery is late."""
        with self._turn:
            jitter = self._chance.random() * self.reorder if self.reorder else 0.0
        return self.delay_ms / 1000 + jitter

    def shuffled(self, items: list[Any]) -> list[Any]:
        """Return the items in a random order that the seed fixes."""
        with self._turn:
            return self._chance.sample(items, len(items))

    def loses_answer(self) -> bool:
        """Decide whether the answer that was just committed gets lost on its way."""
        with self._turn:
            if self.drop_next > 0:
                self.drop_next -= 1
                return True
            return self._chance.random() * 100 < self.drop_answers

    def take_failure(self) -> int:
        """Return the status to fail this request with, or 0, and count it down."""
        with self._turn:
            status = self.fail_next
            if status:
                self.fail_times -= 1
                if self.fail_times <= 0:
                    self.fail_next, self.fail_times = 0, 1
            return status

    def fee(self, amount: int) -> int:
        """Return the provider's fee on a charge, in minor units, at most the amount."""
        if not (self.fee_bps or self.fee_fixed):
            return 0
        return min(amount, (amount * self.fee_bps + 5_000) // 10_000 + self.fee_fixed)


NAMES = tuple(f.name for f in fields(Knobs) if not f.name.startswith("_"))
_RANGES: dict[str, tuple[float, float]] = {
    "duplicate": (1, 100),
    "delay_ms": (0, 3_600_000),
    "drop_answers": (0, 100),
    "drop_next": (0, 10_000),
    "fail_times": (1, 10_000),
    "api_delay_ms": (0, 60_000),
    "fee_bps": (0, 10_000),
    "fee_fixed": (0, 1_000_000),
    "session_min_seconds": (1, 86_400),
    "seed": (0, 2**63),
    "reorder": (0, 600),
}


def _accepted(name: str, value: Any) -> Any:
    if name not in NAMES:
        raise ApiError(f"Unknown knob: {name}. Known: {', '.join(NAMES)}", param=name)
    if name == "reorder" and isinstance(value, bool):
        return REORDER_WINDOW if value else 0.0
    wanted = type(getattr(Knobs(), name))
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted:
        raise ApiError(f"Knob {name} must be of type {wanted.__name__}", param=name)
    if name == "fail_next" and not (value == 0 or 400 <= value <= 599):
        raise ApiError("Knob fail_next must be 0 or an HTTP status from 400 to 599", param=name)
    low, high = _RANGES.get(name, (float("-inf"), float("inf")))
    if wanted in (int, float) and not low <= value <= high:
        raise ApiError(f"Knob {name} must lie between {low:g} and {high:g}", param=name)
    return value
