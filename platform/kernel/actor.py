"""Who acts: an argument of every verb, never a global."""

from dataclasses import dataclass, field
from typing import Literal, get_args

ActorKind = Literal["system", "operator", "partner", "platform", "customer", "site", "provider"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who asks, as audit rows and policies need to know them.

    `id` is a public id or a stable name, `label` what people read, `roles` the names of
    the groups in the brand, `request_id` what ties the act to a log line. `owner` is who answers for a
    program: None for whoever acts in person, empty for a key that nobody answers for.
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

    @property
    def person(self) -> str:
        """The id of the person behind the deed, empty when there is none: what two-person rules compare."""
        return self.id if self.owner is None else self.owner


def system(name: str, *, request_id: str | None = None) -> Actor:
    """Return the actor for work that nobody asked for by hand: jobs, handlers, commands."""
    return Actor(kind="system", id=name, label=f"System ({name})", request_id=request_id)
