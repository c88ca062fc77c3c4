from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from kernel.actor import Actor, system
from kernel.errors import InvalidInput
from kernel.payload import Payload
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.attribution.errors import PolicyBackwards
from tenant_apps.attribution.models import Policy
from tenant_apps.attribution.queries import latest_policy, policies_since
from tenant_apps.attribution.rules import Policy as Terms
from tenant_apps.attribution.rules import parse_override, parse_policy
from tenant_apps.programs.states import Role

if TYPE_CHECKING:
    from tenant_apps.programs.models import Program

HOUSE = system("attribution")
LONGEST_AHEAD = timedelta(days=730)
DEFAULT_TERMS: dict[str, Any] = {
    "model": "last",
    "window_days": 90,
    "ladder": [["registered_deal"], ["agent"], ["code"], ["click", "view", "import"]],
}


@transaction.atomic
def ensure_policy(*, terms: dict[str, Any], at: datetime) -> Policy:
    """Return the brand's policy with these terms, as a new version when the latest has others.

    `terms` has the shape of the preview contract's `policy`. Raises InvalidInput naming the field.
    """
    parse_policy(Payload(terms, "policy"))
    latest = latest_policy()
    if latest is not None and latest.terms == terms:
        return latest
    try:
        return _next_version(program=None, terms=terms, effective_from=at, actor=HOUSE, at=at)
    except IntegrityError:  # another writer took the number; its terms may be ours
        return ensure_policy(terms=terms, at=at)


@transaction.atomic
def set_policy(
    *, terms: dict[str, Any], effective_from: datetime, actor: Actor, at: datetime, program: "Program | None" = None
) -> Policy:
    """Write the next version of the brand's policy, or of what a program says over it; decided sales stay decided.

    A program's terms hold only what differs, `{}` nothing any more. Raises InvalidInput naming the field, also
    where brand and program together would be no policy: a sale could not be decided then. PolicyBackwards when
    it would begin in the past or not after the version before it.
    """
    latest = latest_policy(program)
    _refuse_unfit(terms, program, effective_from)
    if effective_from < at:
        raise PolicyBackwards("A policy begins now or later: what was decided stays decided.", field="effective_from")
    if effective_from > at + LONGEST_AHEAD:
        raise InvalidInput(
            field="effective_from",
            message=sentence("must be within %(days)s days: no other can begin before it", days=LONGEST_AHEAD.days),
        )
    if latest is not None and effective_from <= latest.effective_from:
        raise PolicyBackwards(
            sentence(
                "%(latest)s begins %(effective_from)s: the next one after it.",
                latest=latest,
                effective_from=latest.effective_from,
            ),
            field="effective_from",
        )
    try:
        policy = _next_version(program=program, terms=terms, effective_from=effective_from, actor=actor, at=at)
    except IntegrityError as raced:
        raise PolicyBackwards("Another version was made in this moment: look at it first.") from raced
    record(
        actor=actor, verb="policy.set", subject=policy, at=at, before={"terms": latest.terms} if latest else {},
        after={"number": policy.number, "terms": terms, "from": effective_from.isoformat()},
    )  # fmt: skip
    return policy


def _refuse_unfit(terms: dict[str, Any], program: "Program | None", since: datetime) -> None:
    """Refuse terms that are wrong, or that do not fit those which are in effect beside them from then on."""
    if program is not None:
        brands = [policy.terms for policy in policies_since(since, of_programs=False)] or [DEFAULT_TERMS]
        for brand in brands:
            parse_override(Payload(terms, "terms"), Payload(brand))
        return
    _refuse_unknown_roles(parse_policy(Payload(terms, "terms")))
    for policy in policies_since(since, of_programs=True):
        try:
            parse_override(Payload(policy.terms, "terms"), Payload(terms))
        except InvalidInput as unfit:
            said = f"with what {policy.program} says for itself"
            errors = [error | {"message": f"{error['message']}, {said}"} for error in unfit.errors]
            raise InvalidInput(errors=errors) from unfit


def _refuse_unknown_roles(policy: Terms) -> None:
    """Refuse a pool for a role that no partner can have: misspelt, its part would silently be nobody's."""
    errors = [
        {
            "field": f"terms.pools[{index}].roles",
            "message": sentence("%(role)s is no role; there are %(roles)s", role=role, roles=", ".join(Role)),
        }
        for index, pool in enumerate(policy.pools)
        for role in sorted(pool.roles - set(Role))
    ]
    if errors:
        raise InvalidInput(errors=errors)


def _next_version(
    *, program: "Program | None", terms: dict[str, Any], effective_from: datetime, actor: Actor, at: datetime
) -> Policy:
    """Write the next version; raises IntegrityError when another writer took its number."""
    latest = latest_policy(program)
    with transaction.atomic():
        return Policy.objects.create(
            program=program, number=latest.number + 1 if latest else 1, terms=terms, effective_from=effective_from,
            set_by=actor.label[:120], set_at=at,
        )  # fmt: skip
