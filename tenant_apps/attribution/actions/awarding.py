from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.payload import Payload
from shared_apps.audit.actions import record
from tenant_apps.attribution.actions.deciding import decide, lock_decision, redecide
from tenant_apps.attribution.models import Attribution, Award
from tenant_apps.attribution.rules import parse_award, parse_policy
from tenant_apps.programs.queries import enrollments_by_refs


@transaction.atomic
def award(
    *, order_ref: str, shares: Sequence[Mapping[str, Any]], cause: str, actor: Actor, at: datetime
) -> Attribution:
    """Fix by a person's word who shares an order, and decide it again; return the decision in force.

    `shares` is `[{"participant": enrollment id, "weight": "0.3"}]`: each weight is that part of the whole
    conversion, a decimal or an exact ratio such as `1/3`. What they leave of it is nobody's; an empty
    list credits nobody. The latest award of an order stands. Raises InvalidInput naming the field (an
    unknown enrollment, twice the same, together more than the policy shares), UnknownOrder, OrderNotPaid.
    """
    lock_decision(order_ref)
    current = decide(order_ref=order_ref, at=at)
    named = enrollments_by_refs([str(share.get("participant", "")) for share in shares])
    unknown = [
        {"field": f"shares[{index}].participant", "message": "is no enrollment of this brand"}
        for index, share in enumerate(shares)
        if share.get("participant") not in named
    ]
    if unknown:
        raise InvalidInput(errors=unknown)
    given = [dict(share) | {"role": named[share["participant"]].role} for share in shares]
    parse_award(Payload(given, "shares"), parse_policy(Payload(current.policy.terms, "policy")))
    given = _in_their_order(given, current)
    made = Award.objects.create(order_ref=order_ref, shares=given, cause=cause, at=at)
    record(actor=actor, verb="conversion.awarded", subject=made, at=at, reason=cause, after={"shares": given})
    return redecide(order_ref=order_ref, cause=f"award:{made.public_id}", actor=actor, at=at)


def _in_their_order(given: list[dict[str, Any]], current: Attribution) -> list[dict[str, Any]]:
    """Return parts as given; those that are in force already in their own order, by which the odd unit goes.

    Else the same parts said in another order would move a cent, and with it earn everything anew.
    """
    had = {
        each.enrollment.public_id: Fraction(int(each.numerator), int(each.denominator))
        for each in current.shares.select_related("enrollment").order_by("position")
    }
    said = {share["participant"]: share for share in given}
    if {ref: Fraction(str(share["weight"])) for ref, share in said.items()} != had:
        return given
    return [said[ref] for ref in had]
