from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from kernel.actor import Actor, system
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.actions.evidence import Evidence, evidence_of, with_late_facts
from tenant_apps.attribution.actions.policing import DEFAULT_TERMS, ensure_policy
from tenant_apps.attribution.errors import OrderNotPaid, UnknownOrder
from tenant_apps.attribution.events import ConversionAttributed, ConversionReattributed
from tenant_apps.attribution.models import Attribution, Award, Share
from tenant_apps.attribution.queries import (
    Decided,
    attribution_of_order,
    award_in_force,
    changes_between,
    decided_from,
    is_as_decided,
    policy_at,
)
from tenant_apps.orders.queries import order_by_ref
from tenant_apps.programs.queries import enrollments_by_refs

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Policy
    from tenant_apps.orders.models import Order

ATTRIBUTION = system("attribution")


@transaction.atomic
def decide(*, order_ref: str, at: datetime) -> Attribution:
    """Decide who brought a paid order, once; return the decision in force when it was made before.

    Every touch of the visitor until the payment gets a verdict. The inputs are frozen beside the
    decision, contacts as pseudonyms: two equal ones stay equal, and nobody can be read out of the record.
    Nobody to credit is a decision too. Raises UnknownOrder and OrderNotPaid.
    """
    lock_decision(order_ref)
    decided = attribution_of_order(order_ref)
    if decided is not None:
        return decided
    order, paid_at = _paid(order_ref)
    # A touch that was heard of before the payment may be weighed after it: what was not sold is not decided.
    at = max(at, paid_at)
    policy = policy_at(paid_at) or ensure_policy(terms=DEFAULT_TERMS, at=paid_at)
    evidence = _with_award(evidence_of(order, policy), award_in_force(order_ref))
    attribution = _write(order, policy, evidence, decided_from(evidence), at=at)
    publish(ConversionAttributed(at=at, order_ref=order_ref, attribution_ref=attribution.public_id))
    return attribution


@transaction.atomic
def redecide(*, order_ref: str, cause: str, actor: Actor, at: datetime) -> Attribution:
    """Decide an order again from its frozen evidence and what was learnt since; return the decision in force.

    New facts that change a share or a verdict make version n+1 with `cause` and what changed; the version
    before stays as it is, and none is dated before it. Nothing new, or the same outcome, writes nothing and
    returns the current version. Of two at once the second sees what the first wrote. An order not decided yet
    is decided now. Raises UnknownOrder and OrderNotPaid.
    """
    lock_decision(order_ref)
    current = attribution_of_order(order_ref)
    if current is None:
        return decide(order_ref=order_ref, at=at)
    order, _ = _paid(order_ref)
    at = max(at, current.decided_at)
    known = with_late_facts(current.evidence, evidence_of(order, current.policy))
    evidence = _with_award(known, award_in_force(order_ref))
    decided = decided_from(evidence)
    if is_as_decided(current, decided):
        return current
    changes = changes_between(current, decided.decision)
    attribution = _write(
        order, current.policy, evidence, decided, at=at, version=current.version + 1, previous=current, cause=cause,
        changes=changes,
    )  # fmt: skip
    record(
        actor=actor, verb="conversion.redecided", subject=attribution, at=at, reason=cause,
        before={"version": current.version}, after={"version": attribution.version, "changes": changes},
    )  # fmt: skip
    if changes:
        publish(
            ConversionReattributed(
                at=at, order_ref=order_ref, attribution_ref=attribution.public_id, previous_ref=current.public_id
            )
        )
    return attribution


def lock_decision(order_ref: str) -> None:
    """Let one writer at a time decide about an order, until it commits.

    An advisory lock: decisions are append-only, so no row of theirs can be locked for update.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{entered_brand().schema_name}:attribution:{order_ref}"],
        )


def _paid(order_ref: str) -> "tuple[Order, datetime]":
    order = order_by_ref(order_ref)
    if order is None:
        raise UnknownOrder(sentence("There is no order %(order_ref)s.", order_ref=order_ref), order=order_ref)
    if order.paid_at is None:
        raise OrderNotPaid(sentence("Order %(number)s is not paid.", number=order.number), order=order_ref)
    return order, order.paid_at


def _with_award(evidence: Evidence, award: Award | None) -> Evidence:
    return evidence | {"award": award.shares} if award else evidence


def _write(
    order: "Order", policy: "Policy", evidence: Evidence, decided: Decided, *, at: datetime, **version: Any
) -> Attribution:
    attribution = Attribution.objects.create(
        order_ref=order.public_id, policy=policy, amount_minor=order.total_minor, currency=order.currency,
        evidence=evidence, verdicts=decided.verdicts, pools=decided.pools, decided_at=at, **version,
    )  # fmt: skip
    by_touch = {touch["id"]: touch for touch in evidence["touches"]}
    enrollments = enrollments_by_refs([share.participant for share in decided.decision.shares])
    shares = []
    for position, share in enumerate(decided.decision.shares):
        credited = by_touch[share.touches[-1]] if share.touches else {}
        shares.append(
            Share(
                attribution=attribution, position=position, enrollment=enrollments[share.participant], role=share.role,
                numerator=str(share.fraction.numerator), denominator=str(share.fraction.denominator),
                amount_minor=share.amount_minor, site_ref=credited.get("site") or "",
                campaign=credited.get("campaign") or "", placement=credited.get("placement") or "",
            )
        )  # fmt: skip
    Share.objects.bulk_create(shares)
    return attribution
