from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from tenant_apps.customers.models import Customer, Lead
from tenant_apps.customers.rules import normalized_phone
from tenant_apps.customers.states import LeadState


def all_leads() -> QuerySet[Lead]:
    """Every lead with customer, offer and site, newest first."""
    return Lead.objects.select_related("customer", "offer", "site").order_by("-pk")


def lead_by_ref(ref: str) -> Lead | None:
    """The lead with this public id; None when there is none."""
    return all_leads().filter(public_id=ref).first()


def open_lead_of(customer: Customer, offer: Any) -> Lead | None:
    """The lead of a customer for an offer that waits for an answer; at most one does."""
    waiting = [LeadState.NEW, LeadState.CONTACTED]
    return Lead.objects.filter(customer=customer, offer=offer, state__in=waiting).first()


def customer_by_email(email: str) -> Customer | None:
    """The customer with this e-mail however it is written; None when unknown or no e-mail."""
    try:
        return Customer.objects.filter(email=normalized_email(email)).first()
    except InvalidInput:
        return None


def customer_by_ref(ref: str) -> Customer | None:
    """The customer with this public id; None when there is none."""
    return Customer.objects.filter(public_id=ref).first()


def customers_by_emails(emails: Iterable[str]) -> dict[str, Customer]:
    """The customers with these e-mails, however they are written, by normalized e-mail: one query."""
    wanted = set()
    for email in emails:
        try:
            wanted.add(normalized_email(email))
        except InvalidInput:
            continue
    return {customer.email: customer for customer in Customer.objects.filter(email__in=wanted)} if wanted else {}


def contact_phone(text: str) -> str:
    """The number as customers' numbers are kept; raises InvalidInput naming `phone`."""
    return normalized_phone(text)
