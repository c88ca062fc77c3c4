"""The facts about an order as they are frozen beside its decision. Contacts are kept as pseudonyms only."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kernel.payload import Payload
from shared_apps.brands.pseudonyms import pseudonym
from tenant_apps.attribution.models import Policy
from tenant_apps.attribution.queries import (
    agent_entries_for,
    attribution_of_order,
    deals_covering,
    decided_from,
    imported_touches_for,
    overrides_at,
)
from tenant_apps.attribution.rules import Channel, Direct, Reason, parse_decision_input, parse_policy
from tenant_apps.customers.queries import customers_by_emails
from tenant_apps.orders.queries import paid_orders_of_customer
from tenant_apps.payments.queries import cards_of_orders
from tenant_apps.programs.queries import coupon_by_code, link_by_code
from tenant_apps.tracking.queries import direct_visits, form_opened_at, touches_of_visitor

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import Enrollment
    from tenant_apps.tracking.models import Touch

    # A touch before it is evidence: id, enrollment, channel, instant, site, campaign, placement.
    type Met = tuple[str, Enrollment, str, datetime, str, str, str]

Evidence = dict[str, Any]
LONGEST_WINDOW = 36_500
_INSTANT = timedelta(microseconds=1)


def evidence_of(order: "Order", policy: Policy) -> Evidence:
    """Return everything known now that bears on a paid order, in the shape of the preview contract."""
    assert order.paid_at is not None  # noqa: S101  (asked before)
    touches = _touches(order, policy, order.paid_at)
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


def is_own_purchase(order_ref: str, enrollment: "Enrollment") -> bool:
    """Return whether a partner is the customer of an order that is decided, and its policy refuses that.

    Asked of the rules themselves: whether a touch of the partner at the payment would be a self-referral.
    """
    decided = attribution_of_order(order_ref)
    if decided is None:
        return False
    paid_at = parse_decision_input(Payload(decided.evidence)).conversion.at
    touch = _touch_evidence("own", enrollment, Channel.AGENT, paid_at, "", "", "", contacts_of([enrollment]))
    asked = {**decided.evidence, "touches": [touch], "programs": _programs([touch], paid_at)}
    asked.pop("award", None)
    return bool(decided_from(asked).verdicts[0]["reason"] == Reason.SELF_REFERRAL)


def _programs(touches: list[Evidence], at: datetime) -> list[Evidence]:
    """Return the terms of the programs that have their own, of those that brought a touch."""
    overrides = overrides_at(sorted({touch["program"] for touch in touches if touch.get("program")}), at)
    return [{"program": ref, "policy": override.terms} for ref, override in overrides.items()]


def _touches(order: "Order", policy: Policy, until: datetime) -> list[Evidence]:
    tracked = list(touches_of_visitor(order.visitor_ref, until)) if order.visitor_ref else []
    met = [
        (
            touch.public_id, touch.enrollment, touch.channel, touch.at, touch.site.public_id if touch.site else "",
            touch.campaign, touch.placement,
        )
        for touch in tracked
    ] + [*_typed(order, tracked), *_said(order, policy, until)]  # fmt: skip
    contacts = contacts_of({enrollment for _, enrollment, *_ in met if enrollment is not None})
    touches = [_touch_evidence(*each, contacts) for each in met]
    if parse_policy(Payload(policy.terms)).direct is Direct.COUNT and order.visitor_ref:
        since = until - _window(policy)
        touches += [
            {"id": ref, "channel": str(Channel.DIRECT), "at": at.isoformat()}
            for ref, at in direct_visits(order.visitor_ref, since, until)
        ]
    return touches


def _typed(order: "Order", tracked: "Sequence[Touch]") -> "list[Met]":
    """Return what the order itself carries: the code of a link, a coupon code."""
    # They came with the order, so they cannot be later than the checkout it opened.
    opened = _guarded_from(order)
    came_at = min(order.placed_at, opened - _INSTANT) if opened else order.placed_at
    link = link_by_code(order.via_code) if order.via_code else None
    met: list[Met] = []
    if link and link.active and link.kind == "link" and all(touch.link_id != link.pk for touch in tracked):
        met.append((f"{order.public_id}:via", link.enrollment, Channel.CLICK, came_at, "", link.campaign, ""))
    coupon = coupon_by_code(order.code) if order.code else None
    if coupon is not None:
        met.append((f"{order.public_id}:code", coupon.enrollment, Channel.CODE, came_at, "", coupon.campaign, ""))
    return met


def _said(order: "Order", policy: Policy, until: datetime) -> "list[Met]":
    """Return what people and other systems say: registered deals, agents' entries, imports."""
    # The protection is the deal's own clock: while it runs, the deal is never older than the window.
    oldest = until - _window(policy)
    deals = [
        (deal.public_id, deal.enrollment, Channel.REGISTERED_DEAL, max(deal.submitted_at, oldest), "", "", "")
        for deal in deals_covering(order, until)
    ]
    entries = [
        (entry.public_id, entry.enrollment, Channel.AGENT, entry.happened_at, "", "", "")
        for entry in agent_entries_for(order, until)
    ]
    imports = [
        (touch.public_id, touch.enrollment, Channel.IMPORT, touch.at, "", touch.campaign, "")
        for touch in imported_touches_for(order, until)
    ]
    return [*deals, *entries, *imports]


def contacts_of(enrollments: "Iterable[Enrollment]") -> "dict[str, tuple[str, frozenset[str]]]":
    """Return what is known of partners as customers of this brand, by e-mail: phone, and cards they paid with."""
    known = {}
    for email, customer in customers_by_emails(enrollment.partner_email for enrollment in enrollments).items():
        known[email] = (customer.phone, cards_of_orders(paid_orders_of_customer(customer.pk)))
    return known


def _touch_evidence(
    ref: str, enrollment: "Enrollment", channel: str, at: datetime, site: str, campaign: str, placement: str,
    contacts: "dict[str, tuple[str, frozenset[str]]]",
) -> Evidence:  # fmt: skip
    phone, cards = contacts.get(enrollment.partner_email, ("", frozenset()))
    return {
        "id": ref, "participant": enrollment.public_id, "role": enrollment.role, "channel": str(channel),
        "at": at.isoformat(), "participant_email": pseudonym(enrollment.partner_email) or None,
        "participant_phone": pseudonym(phone) or None, "participant_cards": sorted(cards),
        "program": enrollment.program.public_id, "site": site or None, "campaign": campaign.strip() or None,
        "placement": placement.strip() or None,
    }  # fmt: skip


def _window(policy: Policy) -> timedelta:
    # A window may be longer than a calendar; nobody was met a hundred years ago.
    return timedelta(days=min(float(parse_policy(Payload(policy.terms)).window_days), LONGEST_WINDOW))


def _guarded_from(order: "Order") -> datetime | None:
    """Return from when a late click cannot take over: the form or checkout that led to the order was open."""
    form = form_opened_at(order.visitor_ref, order.placed_at) if order.visitor_ref else None
    return min((at for at in (form, order.checkout_opened_at) if at), default=None)


def _conversion(order: "Order", paid_at: datetime) -> Evidence:
    opened = _guarded_from(order)
    return {
        "at": paid_at.isoformat(), "amount_minor": order.total_minor, "currency": order.currency,
        "customer_email": pseudonym(order.customer.email) or None,
        "customer_phone": pseudonym(order.customer.phone) or None,
        "customer_card": next(iter(cards_of_orders([order.public_id])), None),
        "checkout_opened_at": opened.isoformat() if opened else None,
    }  # fmt: skip
