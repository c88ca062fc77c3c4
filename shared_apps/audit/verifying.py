"""What must hold of a schema: each app registers its looks, `manage.py ledger verify` and the night run them all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared_apps.brands.postgresql.base import PUBLIC, entered

type Look = Callable[[], Iterator["Flaw"]]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that must never be: which check found it, where, and what it saw."""

    check: str
    where: str
    message: str


_looks: dict[str, Look] = {}
_in_public: set[str] = set()


def verifies(name: str, *, in_public: bool = False) -> Callable[[Look], Look]:
    """Register a look at the entered brand, with `in_public` also at the public schema, under a name."""

    def register(look: Look) -> Look:
        _looks[name] = look
        if in_public:
            _in_public.add(name)
        return look

    return register


def checks() -> list[str]:
    """Return the names of the looks that are taken in the entered schema."""
    return [name for name in _looks if entered() != PUBLIC or name in _in_public]


def all_flaws() -> Iterator[Flaw]:
    """Take every look at the entered schema. One that cannot go on says so: what it left unseen is not sound."""
    for name in checks():
        try:
            yield from _looks[name]()
        except Exception as error:  # noqa: BLE001  (rows that were tampered with may break any reader)
            yield Flaw(name, "unread", f"The look broke off: {type(error).__name__}: {error}")
