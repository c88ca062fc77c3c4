"""One API call: who asks, in which transaction, and how its answer is shaped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import ApiError, unsupported
from .forms import joined
from .knobs import Knobs
from .store import Json, Tx

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a handler needs besides its parameters."""

    tx: Tx
    account: str
    connected: bool
    request_id: str | None
    idempotency_key: str | None
    now: int
    base_url: str
    knobs: Knobs


type Handler = Callable[..., Json]


@dataclass(frozen=True)
class Route:
    """A line of the API's table: `params` names the SDK's TypedDict that is its contract."""

    method: str
    path: str
    params: str | None
    handler: Handler


def visible(body: Json) -> Json:
    """Return the object without the sandbox's own fields (they begin with an underscore)."""
    return {key: value for key, value in body.items() if not key.startswith("_")}


def names(text: str) -> frozenset[str]:
    """Return the words of a text: tables of parameters read better without quotes."""
    return frozenset(text.split())


def only(params: Json, supported: frozenset[str], *, inside: str = "") -> None:
    """Refuse parameters that Stripe knows and the sandbox would silently ignore."""
    for name in params:
        if name not in supported and name != "expand":
            raise unsupported(joined(inside, name))


def merged_metadata(old: dict[str, str], change: Any, param: str = "metadata") -> dict[str, str]:
    """Return metadata after Stripe's merge: '' as a value unsets a key, '' alone unsets all."""
    if change is None:
        return old
    if change == "":
        return {}
    for key, value in change.items():
        if len(key) > 40:
            raise ApiError(f"Metadata keys can have up to 40 characters: {key[:60]}", param=param)
        if "[" in key or "]" in key:
            raise ApiError("Metadata keys cannot hold square brackets", param=param)
        if len(value) > 500:
            raise ApiError(
                f"Metadata values can have up to 500 characters, but you passed in a value that "
                f"is {len(value)} characters. Invalid value: {value[:60]}…",
                param=f"{param}[{key}]",
            )
    new = {key: value for key, value in {**old, **change}.items() if value != ""}
    if len(new) > 50:
        raise ApiError("Metadata can have up to 50 keys", param=param)
    return new
