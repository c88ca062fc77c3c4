from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from kernel.payload import Payload
from tenant_apps.attribution.models import Attribution, Award, Share
from tenant_apps.attribution.rules import Decision, decision_as_dict, parse_decision_input


@dataclass(frozen=True, slots=True)
class Decided:
    """What evidence leads to: the decision, and verdicts and pools as they are stored."""

    decision: Decision
    verdicts: list[dict[str, Any]]
    pools: list[dict[str, Any]]


def all_attributions() -> QuerySet[Attribution]:
    """Return every decision with its policy, shares and their enrollments, newest first."""
    shares_in_order = Prefetch("shares", Share.objects.select_related("enrollment").order_by("position"))
    decisions = Attribution.objects.select_related("policy", "previous").prefetch_related(shares_in_order)
    return decisions.order_by("-pk")


def attribution_of_order(order_ref: str) -> Attribution | None:
    """Return the decision in force for an order: its latest version; None when it is not decided yet."""
    return all_attributions().filter(order_ref=order_ref).order_by("-version").first()


def versions_of_order(order_ref: str) -> QuerySet[Attribution]:
    """Return every decision about an order, the one in force first."""
    return all_attributions().filter(order_ref=order_ref).order_by("-version")


def attribution_by_ref(ref: str) -> Attribution | None:
    """Return a decision by its public id."""
    return all_attributions().filter(public_id=ref).first()


def decisions_considering(participants: Iterable[str]) -> QuerySet[Attribution]:
    """Return the decisions in force in which these enrollments had a part, newest first.

    A touch of theirs was judged, won or lost, or a person gave them a share that no touch earned. Two
    lookups are united, because an OR over both tables can use the index of neither.
    """
    own = list(participants)
    judged = Q(pk=None)
    for ref in own:
        judged |= Q(verdicts__contains=[{"participant": ref}])
    touched = Attribution.objects.filter(judged).values("pk")
    given = Share.objects.filter(enrollment__public_id__in=own).values("attribution")
    return all_attributions().filter(pk__in=touched.union(given), next=None)


def verdicts_of(attribution: Attribution, participants: Container[str]) -> list[dict[str, Any]]:
    """Return how the touches of these enrollments were judged, in that order; nothing of the touches of others."""
    return [verdict for verdict in attribution.verdicts if verdict["participant"] in participants]


def shares(attribution: Attribution) -> QuerySet[Share]:
    """Return the shares of a decision in order of first touch, with their enrollments."""
    return attribution.shares.select_related("enrollment").order_by("position")


def fraction_of(share: Share) -> Fraction:
    """Return the exact fraction of the whole that a share stands for."""
    return Fraction(int(share.numerator), int(share.denominator))


def award_in_force(order_ref: str) -> Award | None:
    """Return the latest award about an order; None when nobody overruled the policy."""
    return Award.objects.filter(order_ref=order_ref).order_by("-pk").first()


def decided_from(evidence: dict[str, Any]) -> Decided:
    """Return the decision that frozen evidence leads to, with verdicts and pools as they are stored.

    Pure: no row is read. The same evidence gives the same cents for ever, which replaying proves.
    """
    asked = parse_decision_input(Payload(evidence))
    decision = asked.decision()
    told = decision_as_dict(decision, asked)
    by_id = {touch.id: touch for touch in asked.touches}
    verdicts = [
        verdict | {"won": verdict["reason"] is None, "channel": str(touch.channel), "at": touch.at.isoformat()}
        for verdict in told["verdicts"]
        for touch in [by_id[verdict["touch"]]]
    ]
    return Decided(decision, verdicts, told["pools"])


def is_as_decided(attribution: Attribution, decided: Decided) -> bool:
    """Return whether evidence leads to what a decision says: every share, verdict and pool."""
    stored, again = _stored_shares(attribution), _shares_of(decided.decision)
    return stored == again and attribution.verdicts == decided.verdicts and attribution.pools == decided.pools


def changes_between(attribution: Attribution, decision: Decision) -> list[dict[str, Any]]:
    """Return whose part another decision of the same order changes: participant, role, minor units before and after.

    A part may change by less than a minor unit: then both amounts are the same, and the fraction is not.
    """
    before = {(ref, role): (fraction, amount) for ref, role, fraction, amount in _stored_shares(attribution)}
    after = {(ref, role): (fraction, amount) for ref, role, fraction, amount in _shares_of(decision)}
    nothing = (Fraction(0), 0)
    return [
        {
            "participant": key[0], "role": key[1], "before_minor": before.get(key, nothing)[1],
            "after_minor": after.get(key, nothing)[1],
        }
        for key in sorted(before.keys() | after.keys())
        if before.get(key, nothing) != after.get(key, nothing)
    ]  # fmt: skip


def replay(attribution: Attribution) -> list[str]:
    """Decide again from the frozen evidence; return what comes out differently, nothing when all is well."""
    decided = decided_from(attribution.evidence)
    stored, again = _stored_shares(attribution), _shares_of(decided.decision)
    differences = [] if stored == again else [f"shares were {stored}, are now {again}"]
    if attribution.verdicts != decided.verdicts:
        differences.append("the verdicts differ")
    if attribution.pools != decided.pools:
        differences.append("the pools differ")
    if attribution.evidence["policy"] != attribution.policy.terms:
        differences.append("the evidence names another policy")
    claimed = sum(pool["amount_minor"] - pool["unclaimed_minor"] for pool in attribution.pools)
    if sum(amount for *_, amount in stored) != claimed:
        differences.append("the shares do not sum to the conversion")
    if attribution.previous and attribution.changes != changes_between(attribution.previous, decided.decision):
        differences.append("the changes differ")
    return differences


def decided_since(since: datetime | None) -> Iterator[Attribution]:
    """Yield the decisions made at or after an instant, every version, oldest first, a few hundred at a time."""
    before = Prefetch("previous__shares", Share.objects.select_related("enrollment").order_by("position"))
    decisions = all_attributions().prefetch_related(before).order_by("pk")
    return (decisions.filter(decided_at__gte=since) if since else decisions).iterator(chunk_size=500)


def _stored_shares(attribution: Attribution) -> list[tuple[str, str, Fraction, int]]:
    return [
        (share.enrollment.public_id, share.role, fraction_of(share), share.amount_minor)
        for share in sorted(attribution.shares.all(), key=lambda share: share.position)
    ]


def _shares_of(decision: Decision) -> list[tuple[str, str, Fraction, int]]:
    return [(share.participant, share.role, share.fraction, share.amount_minor) for share in decision.shares]
