"""Who acts: an argument of every verb, never a global."""

from dataclasses import dataclass, field
from typing import Literal, get_args

ActorKind = Literal["system", "operator", "partner", "platform", "customer", "site", "provider"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who asks, as audit rows and policies need to know them.

    `id` is a public id or a stable name, `label` what people read, `roles` the names of
    the groups in the brand, `request_id` what ties the act to a log line. `owner` is the person a program
    belongs to: None for whoever acts in person.
    """

    kind: ActorKind
    id: str
    label: str
    roles: frozenset[str] = field(default_factory=frozenset)
    request_id: str | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(ActorKind):
            raise ValueError(f"unknown kind of actor {self.kind!r}")
        if not self.id:
            raise ValueError("an actor has an id")
        if self.owner == "":
            raise ValueError("a program belongs to somebody")

    @property
    def person(self) -> str:
        """The id of whoever is behind the deed, of a program its owner's: what two-person rules compare and keep."""
        return self.id if self.owner is None else self.owner

    def is_second_after(self, first: str) -> bool:
        """Whether this one may decide what `first`, somebody's `person`, began.

        An operator other than that, in person or by a key. Machines, partners and the platform decide nothing for a
        brand, and where nobody is known to have begun it nobody is known to be another.
        """
        return self.kind == "operator" and bool(first) and self.person != first


def system(name: str, *, request_id: str | None = None) -> Actor:
    """Return the actor for work that nobody asked for by hand: jobs, handlers, commands."""
    return Actor(kind="system", id=name, label=f"System ({name})", request_id=request_id)
