from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.salefacts import wrong_facts
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.customers import rules
from tenant_apps.customers.events import LeadOpened
from tenant_apps.customers.models import Customer, Lead
from tenant_apps.customers.queries import open_lead_of
from tenant_apps.customers.states import LEAD, LeadState

LONGEST_MESSAGE = 5000


@transaction.atomic
def remember_customer(*, email: str, at: datetime, name: str = "", phone: str = "") -> Customer:
    """Return the customer with this e-mail, made now if new; fills in what was not known, overwrites nothing.

    Raises InvalidInput naming each wrong field.
    """
    email, name, phone = rules.contact_of(email=email, name=name, phone=phone)
    # get_or_create rides out the race of two first meetings; the lock makes callers take turns.
    customer, new = Customer.objects.get_or_create(
        email=email, defaults={"name": name, "phone": phone, "created_at": at}
    )
    if new:
        return customer
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    learned = {
        field: value for field, value in (("name", name), ("phone", phone)) if value and not getattr(customer, field)
    }
    if learned:
        Customer.objects.filter(pk=customer.pk).update(**learned)
        customer.refresh_from_db()
    return customer


@transaction.atomic
def open_lead(
    *, email: str, actor: Actor, at: datetime, site: Any = None, offer: Any = None, name: str = "", phone: str = "",
    message: str = "", visitor_ref: str = "", page_url: str = "", country: str = "",
    metadata: dict[str, str] | None = None,
) -> Lead:  # fmt: skip
    """Open a lead, or count up the open one of the same customer and offer.

    Two forms sent at once take turns on the customer's row: one lead, asked twice. LeadOpened is
    published once. What it tells of country and metadata goes with the order it becomes: what was told
    first stays. Raises InvalidInput naming each wrong field.
    """
    if len(message) > LONGEST_MESSAGE or "\0" in message:
        raise InvalidInput(
            field="message", message=sentence("must have at most %(most)s characters", most=LONGEST_MESSAGE)
        )
    if wrong := wrong_facts(country, metadata or {}):
        raise InvalidInput(errors=wrong)
    customer = remember_customer(email=email, name=name, phone=phone, at=at)
    Customer.objects.select_for_update().get(pk=customer.pk)
    known = open_lead_of(customer, offer)
    if known is not None:
        told = {"visitor_ref": visitor_ref[:64], "country": country, "metadata": metadata or {}}
        return _asked_again(known, told, message=message, actor=actor, at=at)
    lead = Lead.objects.create(
        customer=customer, site=site, offer=offer, visitor_ref=visitor_ref[:64], message=message,
        page_url=page_url[:500], country=country, metadata=metadata or {}, opened_at=at, last_asked_at=at,
    )  # fmt: skip
    after = {
        "customer": customer.public_id,
        "offer": offer.slug if offer else None,
        "site": site.public_id if site else None,
    }
    record(actor=actor, verb="lead.opened", subject=lead, at=at, after=after)
    publish(LeadOpened(lead_ref=lead.public_id, customer_ref=customer.public_id, at=at))
    return lead


@transaction.atomic
def move_lead(*, lead: Lead, to: LeadState, actor: Actor, at: datetime, reason: str = "") -> Lead:
    """Move a lead along its lifecycle; raises IllegalTransition, StaleState."""
    change_state(lead, LEAD, to, actor=actor, at=at, reason=reason)
    return lead


def _asked_again(lead: Lead, told: dict[str, Any], *, message: str, actor: Actor, at: datetime) -> Lead:
    # The first message stays with the lead; a later one is kept in the audit, so that none is lost.
    learned = {name: value for name, value in told.items() if value and not getattr(lead, name)}
    Lead.objects.filter(pk=lead.pk).update(times_asked=F("times_asked") + 1, last_asked_at=at, **learned)
    record(actor=actor, verb="lead.asked_again", subject=lead, at=at, after={"message": message} if message else None)
    lead.refresh_from_db()
    return lead
