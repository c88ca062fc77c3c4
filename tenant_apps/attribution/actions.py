import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from kernel.payload import Payload
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.errors import OrderNotPaid, UnknownOrder
from tenant_apps.attribution.events import ConversionAttributed
from tenant_apps.attribution.models import Attribution, Policy, Share
from tenant_apps.attribution.queries import attribution_of_order, decided_from, policy_at
from tenant_apps.attribution.rules import Channel, Decision, parse_policy
from tenant_apps.orders.queries import order_by_ref
from tenant_apps.programs.queries import enrollments_by_refs, link_by_code
from tenant_apps.tracking.queries import touches_of_visitor

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order

DEFAULT_TERMS: dict[str, Any] = {
    "model": "last",
    "window_days": 90,
    "ladder": [["registered_deal"], ["agent"], ["code"], ["click", "view", "import"]],
}
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A touch as evidence, and what its share will carry on: the site and the campaign."""

    evidence: dict[str, Any]
    site_ref: str
    campaign: str


@transaction.atomic
def ensure_policy(*, terms: dict[str, Any], at: datetime) -> Policy:
    """Return the policy with these terms, as a new version when the latest has others.

    `terms` has the shape of the preview contract's `policy`. Raises InvalidInput naming the field.
    """
    parse_policy(Payload(terms, "policy"))
    latest = Policy.objects.order_by("-number").first()
    if latest is not None and latest.terms == terms:
        return latest
    number = latest.number + 1 if latest else 1
    try:
        with transaction.atomic():
            return Policy.objects.create(number=number, terms=terms, effective_from=at)
    except IntegrityError:  # another writer took the number; its terms may be ours
        return ensure_policy(terms=terms, at=at)


@transaction.atomic
def decide(*, order_ref: str, at: datetime) -> Attribution:
    """Decide who brought a paid order, once; return the decision, the old one when it was made before.

    Every touch of the visitor until the payment gets a verdict. The inputs are frozen beside the
    decision, e-mails as hashes: two equal ones stay equal, and nobody can be read out of the record.
    Nobody to credit is a decision too. Raises UnknownOrder and OrderNotPaid.
    """
    decided = attribution_of_order(order_ref)
    if decided is not None:
        return decided
    order = order_by_ref(order_ref)
    if order is None:
        raise UnknownOrder(f"There is no order {order_ref}.", order=order_ref)
    if order.paid_at is None:
        raise OrderNotPaid(f"Order {order.number} is not paid.", order=order_ref)
    policy = policy_at(order.paid_at) or ensure_policy(terms=DEFAULT_TERMS, at=order.paid_at)
    candidates = _candidates(order, order.paid_at)
    evidence = {
        "policy": policy.terms,
        "conversion": _conversion(order, order.paid_at),
        "touches": [candidate.evidence for candidate in candidates],
    }
    decision, verdicts = decided_from(evidence)
    try:
        with transaction.atomic():
            attribution = Attribution.objects.create(
                order_ref=order_ref, policy=policy, amount_minor=order.total_minor, currency=order.currency,
                evidence=evidence, verdicts=verdicts, decided_at=at,
            )  # fmt: skip
    except IntegrityError:  # decided by another writer in this moment
        return Attribution.objects.get(order_ref=order_ref, version=1)
    _write_shares(attribution, decision, candidates)
    publish(ConversionAttributed(at=at, order_ref=order_ref, attribution_ref=attribution.public_id))
    return attribution


def _candidates(order: "Order", until: datetime) -> list[_Candidate]:
    touches = touches_of_visitor(order.visitor_ref, until) if order.visitor_ref else []
    candidates = [
        _Candidate(
            evidence=_evidence(touch.public_id, touch.enrollment, touch.channel, touch.at),
            site_ref=touch.site.public_id if touch.site else "", campaign=touch.campaign,
        )
        for touch in touches
    ]  # fmt: skip
    link = link_by_code(order.via_code) if order.via_code else None
    if link is not None and link.active and all(touch.link_id != link.pk for touch in touches):
        # The code came with the order itself, so it cannot be later than the checkout it opened.
        opened = order.checkout_opened_at
        came_at = min(order.placed_at, opened - _INSTANT) if opened else order.placed_at
        evidence = _evidence(f"{order.public_id}:via", link.enrollment, Channel.CLICK, came_at)
        candidates.append(_Candidate(evidence=evidence, site_ref="", campaign=link.campaign))
    return candidates


def _evidence(touch: str, enrollment: Any, channel: str, at: datetime) -> dict[str, Any]:
    return {
        "id": touch, "participant": enrollment.public_id, "role": enrollment.role, "channel": str(channel),
        "at": at.isoformat(), "participant_email": _pseudonym(enrollment.partner_email),
    }  # fmt: skip


def _conversion(order: "Order", paid_at: datetime) -> dict[str, Any]:
    opened = order.checkout_opened_at
    return {
        "at": paid_at.isoformat(), "amount_minor": order.total_minor, "currency": order.currency,
        "customer_email": _pseudonym(order.customer.email),
        "checkout_opened_at": opened.isoformat() if opened else None,
    }  # fmt: skip


def _pseudonym(email: str) -> str | None:
    folded = email.strip().casefold()
    return hashlib.sha256(folded.encode()).hexdigest() if folded else None


def _write_shares(attribution: Attribution, decision: Decision, candidates: list[_Candidate]) -> None:
    by_touch = {candidate.evidence["id"]: candidate for candidate in candidates}
    enrollments = enrollments_by_refs([share.participant for share in decision.shares])
    shares = []
    for position, share in enumerate(decision.shares):
        credited = by_touch[share.touches[-1]]
        shares.append(
            Share(
                attribution=attribution, position=position, enrollment=enrollments[share.participant], role=share.role,
                numerator=str(share.fraction.numerator), denominator=str(share.fraction.denominator),
                amount_minor=share.amount_minor, site_ref=credited.site_ref, campaign=credited.campaign,
            )
        )  # fmt: skip
    Share.objects.bulk_create(shares)
