from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernel.events import Event


@dataclass(frozen=True)
class Handler:
    """A subscribed function. `effect` handlers talk to the outside world and run outside any transaction."""

    name: str
    call: Callable[[Any], None]
    event: type[Event]
    effect: bool


_by_event: dict[str, list[Handler]] = defaultdict(list)
_by_name: dict[str, Handler] = {}


def subscribe[E: Event](
    event: type[E], *, effect: bool = False
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler for an event class.

    A database handler (default) and its done-mark share one transaction: both or none. An effect
    handler (provider, mail, PDF) runs outside any transaction under a lease; it may run again after
    a crash and must key its effect. Handlers are idempotent: already applied? → precondition met? → apply.
    """

    def register(call: Callable[[E], None]) -> Callable[[E], None]:
        handler = Handler(f"{call.__module__.removesuffix('.handlers')}.{call.__name__}", call, event, effect)
        _by_event[event.name].append(handler)
        _by_name[handler.name] = handler
        return call

    return register


def handlers_of(event: Event) -> list[Handler]:
    """Return the handlers subscribed to this event, in order of registration."""
    return _by_event[event.name]


def handler_named(name: str) -> Handler | None:
    """Return a handler by its stored name; None when the code no longer has it."""
    return _by_name.get(name)
