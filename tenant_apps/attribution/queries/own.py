"""A decision as one partner may know it: its own touches and its own part. Of others only how many were considered."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tenant_apps.attribution.models import Attribution
from tenant_apps.attribution.queries.decisions import verdicts_of
from tenant_apps.orders.queries import order_numbers
from tenant_apps.programs.queries import enrollments_of_partner


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """What a partner may know of a decision; `part_minor` is None where it has no share."""

    decision: Attribution
    order_number: int | None
    part_minor: int | None
    by_person: bool
    verdicts: list[dict[str, Any]]
    others: int


def own_enrollments(partner_ref: str) -> set[str]:
    """Return the public ids of a partner's enrollments here."""
    return {enrollment.public_id for enrollment in enrollments_of_partner(partner_ref)}


def own_decisions(decisions: Iterable[Attribution], own: set[str]) -> list[OwnDecision]:
    """Return decisions as the partner of these enrollments may know them, in one query for all."""
    asked = list(decisions)
    numbers = order_numbers(each.order_ref for each in asked)
    return [_own(each, own, numbers.get(each.order_ref)) for each in asked]


def _own(decision: Attribution, own: set[str], number: int | None) -> OwnDecision:
    verdicts = verdicts_of(decision, own)
    parts = [share.amount_minor for share in decision.shares.all() if share.enrollment.public_id in own]
    return OwnDecision(
        decision=decision, order_number=number, part_minor=sum(parts) if parts else None,
        by_person="award" in decision.evidence, verdicts=verdicts, others=len(decision.verdicts) - len(verdicts),
    )  # fmt: skip
