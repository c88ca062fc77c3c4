from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Prefetch, QuerySet

from kernel.payload import Payload
from tenant_apps.attribution.models import Attribution, Policy, Share
from tenant_apps.attribution.rules import Decision, decision_as_dict, decision_for, parse_decision_input


def all_attributions() -> QuerySet[Attribution]:
    """Return every decision with its policy, shares and their enrollments, newest first."""
    shares_in_order = Prefetch("shares", Share.objects.select_related("enrollment").order_by("position"))
    return Attribution.objects.select_related("policy").prefetch_related(shares_in_order).order_by("-pk")


def attribution_of_order(order_ref: str) -> Attribution | None:
    """Return the decision in force for an order: its latest version; None when it is not decided yet."""
    return all_attributions().filter(order_ref=order_ref).order_by("-version").first()


def attribution_by_ref(ref: str) -> Attribution | None:
    """Return a decision by its public id."""
    return all_attributions().filter(public_id=ref).first()


def shares(attribution: Attribution) -> QuerySet[Share]:
    """Return the shares of a decision in order of first touch, with their enrollments."""
    return attribution.shares.select_related("enrollment").order_by("position")


def fraction_of(share: Share) -> Fraction:
    """Return the exact fraction of the whole that a share stands for."""
    return Fraction(int(share.numerator), int(share.denominator))


def policy_at(at: datetime) -> Policy | None:
    """Return the policy in effect at an instant: before the first one, the first; None when there is none."""
    effective = Policy.objects.filter(effective_from__lte=at).order_by("-number").first()
    return effective or Policy.objects.order_by("number").first()


def decided_from(evidence: dict[str, Any]) -> tuple[Decision, list[dict[str, Any]]]:
    """Return the decision that frozen evidence leads to, and the verdict of every touch as it is stored.

    Pure: no row is read. The same evidence gives the same cents for ever, which replaying proves.
    """
    policy, conversion, touches = parse_decision_input(Payload(evidence))
    decision = decision_for(policy=policy, conversion=conversion, touches=touches)
    told = decision_as_dict(decision, policy=policy, conversion=conversion)["verdicts"]
    by_id = {touch.id: touch for touch in touches}
    return decision, [
        verdict | {"won": verdict["reason"] is None, "channel": str(touch.channel), "at": touch.at.isoformat()}
        for verdict in told
        for touch in [by_id[verdict["touch"]]]
    ]


def replay(attribution: Attribution) -> list[str]:
    """Decide again from the frozen evidence; return what comes out differently, nothing when all is well."""
    decision, verdicts = decided_from(attribution.evidence)
    stored = [
        (share.enrollment.public_id, share.role, fraction_of(share), share.amount_minor)
        for share in sorted(attribution.shares.all(), key=lambda share: share.position)
    ]
    again = [(share.participant, share.role, share.fraction, share.amount_minor) for share in decision.shares]
    differences = [] if stored == again else [f"shares were {stored}, are now {again}"]
    if attribution.verdicts != verdicts:
        differences.append("the verdicts differ")
    if attribution.evidence["policy"] != attribution.policy.terms:
        differences.append("the evidence names another policy")
    if stored and sum(amount for *_, amount in stored) != attribution.amount_minor:
        differences.append("the shares do not sum to the conversion")
    return differences


def decided_since(since: datetime | None) -> Iterator[Attribution]:
    """Yield the decisions made at or after an instant, oldest first, a few hundred at a time."""
    decisions = all_attributions().order_by("pk")
    return (decisions.filter(decided_at__gte=since) if since else decisions).iterator(chunk_size=500)
