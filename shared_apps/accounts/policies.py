"""Small predicates over the Actor; apps compose them into `may_*`."""

import rules

from kernel.actor import Actor
from shared_apps.accounts.states import Role


@rules.predicate  # type: ignore[untyped-decorator]
def is_operator(actor: Actor) -> bool:
    """Somebody of this brand's staff with any role."""
    return actor.kind == "operator" and bool(actor.roles)


@rules.predicate  # type: ignore[untyped-decorator]
def is_admin(actor: Actor) -> bool:
    return actor.kind == "operator" and Role.ADMIN in actor.roles


@rules.predicate  # type: ignore[untyped-decorator]
def is_operations(actor: Actor) -> bool:
    return actor.kind == "operator" and Role.OPERATIONS in actor.roles


@rules.predicate  # type: ignore[untyped-decorator]
def is_finance(actor: Actor) -> bool:
    return actor.kind == "operator" and Role.FINANCE in actor.roles


@rules.predicate  # type: ignore[untyped-decorator]
def is_system(actor: Actor) -> bool:
    return actor.kind == "system"


@rules.predicate  # type: ignore[untyped-decorator]
def is_partner(actor: Actor) -> bool:
    """Somebody who entered this brand's portal by a hand-off."""
    return actor.kind == "partner"
