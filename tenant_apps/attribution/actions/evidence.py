"""The facts about an order as they are frozen beside its decision. Contacts are kept as pseudonyms only."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared_apps.brands.pseudonyms import pseudonym
from tenant_apps.attribution.models import Policy
from tenant_apps.attribution.queries import overrides_at
from tenant_apps.attribution.rules import Channel
from tenant_apps.programs.queries import link_by_code
from tenant_apps.tracking.queries import touches_of_visitor

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import Enrollment

Evidence = dict[str, Any]
_INSTANT = timedelta(microseconds=1)


def evidence_of(order: "Order", policy: Policy) -> Evidence:
    """Return everything known now that bears on a paid order, in the shape of the preview contract."""
    assert order.paid_at is not None  # noqa: S101  (asked before)
    touches = _touches(order, order.paid_at)
    return {
        "policy": policy.terms,
        "programs": _programs(touches, order.paid_at),
        "conversion": _conversion(order, order.paid_at),
        "touches": touches,
    }


def with_late_facts(frozen: Evidence, now_known: Evidence) -> Evidence:
    """Return frozen evidence with what was learnt since: touches that are new, facts that were unknown.

    What was frozen is never replaced: a program's terms, a contact, an instant stay as the first decision saw them.
    """
    seen = {touch["id"] for touch in frozen["touches"]}
    terms = {entry["program"] for entry in frozen.get("programs", [])}
    told = {name: fact for name, fact in frozen["conversion"].items() if fact is not None}
    return {
        **frozen,
        "programs": frozen.get("programs", []) + [
            entry for entry in now_known["programs"] if entry["program"] not in terms
        ],
        "conversion": now_known["conversion"] | told,
        "touches": frozen["touches"] + [touch for touch in now_known["touches"] if touch["id"] not in seen],
    }  # fmt: skip


def _programs(touches: list[Evidence], at: datetime) -> list[Evidence]:
    """Return the terms of the programs that have their own, of those that brought a touch."""
    overrides = overrides_at(sorted({touch["program"] for touch in touches if touch.get("program")}), at)
    return [{"program": ref, "policy": override.terms} for ref, override in overrides.items()]


def _touches(order: "Order", until: datetime) -> list[Evidence]:
    tracked = list(touches_of_visitor(order.visitor_ref, until)) if order.visitor_ref else []
    touches = [
        touch_evidence(
            touch.public_id, touch.enrollment, touch.channel, touch.at,
            site=touch.site.public_id if touch.site else "", campaign=touch.campaign,
        )
        for touch in tracked
    ]  # fmt: skip
    link = link_by_code(order.via_code) if order.via_code else None
    if link is not None and link.active and all(touch.link_id != link.pk for touch in tracked):
        # The code came with the order itself, so it cannot be later than the checkout it opened.
        opened = order.checkout_opened_at
        came_at = min(order.placed_at, opened - _INSTANT) if opened else order.placed_at
        touches.append(
            touch_evidence(
                f"{order.public_id}:via", link.enrollment, Channel.CLICK, came_at, site="", campaign=link.campaign
            )
        )
    return touches


def touch_evidence(
    ref: str, enrollment: "Enrollment", channel: str, at: datetime, *, site: str, campaign: str
) -> Evidence:
    """Return one touch as evidence."""
    return {
        "id": ref, "participant": enrollment.public_id, "role": enrollment.role, "channel": str(channel),
        "at": at.isoformat(), "participant_email": pseudonym(enrollment.partner_email) or None,
        "program": enrollment.program.public_id, "site": site or None, "campaign": campaign.strip() or None,
    }  # fmt: skip


def _conversion(order: "Order", paid_at: datetime) -> Evidence:
    opened = order.checkout_opened_at
    return {
        "at": paid_at.isoformat(), "amount_minor": order.total_minor, "currency": order.currency,
        "customer_email": pseudonym(order.customer.email) or None,
        "checkout_opened_at": opened.isoformat() if opened else None,
    }  # fmt: skip
