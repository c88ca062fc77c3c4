from django.db.models import QuerySet

from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from tenant_apps.customers.models import Customer, Lead


def all_leads() -> QuerySet[Lead]:
    """Every lead with customer, offer and site, newest first."""
    return Lead.objects.select_related("customer", "offer", "site").order_by("-pk")


def lead_by_ref(ref: str) -> Lead | None:
    """The lead with this public id; None when there is none."""
    return all_leads().filter(public_id=ref).first()


def customer_by_email(email: str) -> Customer | None:
    """The customer with this e-mail however it is written; None when unknown or no e-mail."""
    try:
        return Customer.objects.filter(email=normalized_email(email)).first()
    except InvalidInput:
        return None


def customer_by_ref(ref: str) -> Customer | None:
    """The customer with this public id; None when there is none."""
    return Customer.objects.filter(public_id=ref).first()
