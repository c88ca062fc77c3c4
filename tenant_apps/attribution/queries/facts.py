"""What bears on an order beside its visitor's touches: deals, entries, imports."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from shared_apps.brands.pseudonyms import pseudonym
from tenant_apps.attribution.models import AgentEntry, Attribution, Deal, DuplicateSuspicion, ImportedTouch
from tenant_apps.attribution.rules.deals import Prospect, covers, domain_of, same_prospect
from tenant_apps.attribution.states import DealState, SuspicionState
from tenant_apps.customers.queries import customer_by_ref
from tenant_apps.orders.queries import (
    order_by_ref,
    orders_by_refs,
    orders_of_customers_paid_before,
    orders_of_customers_paid_since,
)
from tenant_apps.programs.states import EnrollmentState

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order


def all_deals() -> QuerySet[Deal]:
    """Return every registered deal with its enrollment, newest first."""
    return Deal.objects.select_related("enrollment__program", "beaten_by").order_by("-pk")


def deal_by_ref(ref: str) -> Deal | None:
    """Return a deal by its public id."""
    return all_deals().filter(public_id=ref).first()


def deals_of_partner(partner_ref: str) -> QuerySet[Deal]:
    """Return the deals a partner registered at this brand, newest first."""
    return all_deals().filter(enrollment__partner_ref=partner_ref)


def prospect_of(deal: Deal) -> Prospect:
    """Return whom a deal is about."""
    return Prospect(email=deal.email, domain=deal.domain, phone=deal.phone)


def rivals_of(deal: Deal) -> list[Deal]:
    """Return the other deals about the same prospect that are submitted or qualified, the qualified first."""
    named = Q(pk=None)
    for domain in {deal.domain, domain_of(deal.email)} - {""}:
        named |= Q(domain=domain) | Q(email__endswith=f"@{domain}")
    if deal.email:
        named |= Q(email=deal.email)
    if deal.phone:
        named |= Q(phone=deal.phone)
    open_states = [DealState.SUBMITTED, DealState.QUALIFIED, DealState.WON]
    found = _of_partners_here().filter(named, state__in=open_states).exclude(pk=deal.pk).order_by("qualified_at", "pk")
    return [other for other in found if same_prospect(prospect_of(deal), prospect_of(other))]


def deals_covering(order: "Order", at: datetime) -> list[Deal]:
    """Return the deals that protected their partner for this order's customer at an instant, first registered first."""
    email, phone = order.customer.email, order.customer.phone
    named = Q(email=email) | Q(domain=domain_of(email))
    if phone:
        named |= Q(phone=phone)
    deals = _of_partners_here().filter(named, submitted_at__lte=at, protected_until__gt=at)
    found = deals.order_by("submitted_at", "pk")
    return [deal for deal in found if deal.is_live(at) and covers(prospect_of(deal), email=email, phone=phone)]


def _of_partners_here() -> QuerySet[Deal]:
    # Whoever has left the program brings no more sales: nobody else may lose one to them.
    return all_deals().exclude(enrollment__state=EnrollmentState.ENDED)


def deals_run_out(at: datetime) -> QuerySet[Deal]:
    """Return the deals whose protection is over but whose state does not say so yet."""
    return Deal.objects.filter(state=DealState.QUALIFIED, protected_until__lte=at).order_by("pk")


def all_agent_entries() -> QuerySet[AgentEntry]:
    """Return every agent entry with its enrollment, newest first."""
    return AgentEntry.objects.select_related("enrollment__program").order_by("-pk")


def agent_entry_by_ref(ref: str) -> AgentEntry | None:
    """Return an entry by its public id."""
    return all_agent_entries().filter(public_id=ref).first()


def agent_entries_for(order: "Order", until: datetime) -> QuerySet[AgentEntry]:
    """Return the entries about an order or its customer up to an instant, oldest first."""
    about = Q(order_ref=order.public_id) | Q(customer_ref=order.customer.public_id)
    return all_agent_entries().filter(about, happened_at__lte=until).order_by("happened_at", "pk")


def imported_touches_for(order: "Order", until: datetime) -> QuerySet[ImportedTouch]:
    """Return the imported touches of an order's visitor or customer up to an instant, oldest first."""
    about = Q(customer_key=pseudonym(order.customer.email))
    if order.visitor_ref:
        about |= Q(visitor_ref=order.visitor_ref)
    touches = ImportedTouch.objects.select_related("enrollment__program")
    return touches.filter(about, at__lte=until).order_by("at", "pk")


def known_imports(external_ids: Iterable[str]) -> dict[str, ImportedTouch]:
    """Return the imported touches with these ids of the other system."""
    found = ImportedTouch.objects.select_related("enrollment").filter(external_id__in=list(external_ids))
    return {touch.external_id: touch for touch in found}


def all_suspicions() -> QuerySet[DuplicateSuspicion]:
    """Return every suspected duplicate, newest first."""
    return DuplicateSuspicion.objects.order_by("-pk")


def suspicion_by_ref(ref: str) -> DuplicateSuspicion | None:
    """Return a suspected duplicate by its public id."""
    return DuplicateSuspicion.objects.filter(public_id=ref).first()


def orders_of_suspicion(suspicion: DuplicateSuspicion) -> "list[Order]":
    """Return the two orders that look like one sale, the earlier first."""
    found = orders_by_refs([suspicion.earlier_ref, suspicion.later_ref])
    return [found[suspicion.earlier_ref], found[suspicion.later_ref]]


def suspicions_of(order_ref: str) -> QuerySet[DuplicateSuspicion]:
    """Return the suspicions that an order is in, on either side, newest first."""
    return all_suspicions().filter(Q(earlier_ref=order_ref) | Q(later_ref=order_ref))


def open_suspicions_of(order_ref: str) -> QuerySet[DuplicateSuspicion]:
    """Return the undecided suspicions that an order is another's duplicate."""
    return DuplicateSuspicion.objects.filter(later_ref=order_ref, state=SuspicionState.OPEN)


def orders_a_deal_bears_on(deal_ref: str) -> list[str]:
    """Return the orders that a deal's prospect paid since it was registered."""
    deal = Deal.objects.get(public_id=deal_ref)
    return orders_of_customers_paid_since(
        deal.submitted_at, emails=[deal.email] if deal.email else [], domains=[deal.domain], phones=[deal.phone]
    )


def bought_before(deal: Deal) -> "QuerySet[Order]":
    """Return what a deal's prospect had paid before it was registered, the latest first: for operators alone.

    A partner is not told whether somebody is a customer: it could ask that of any address.
    """
    return orders_of_customers_paid_before(
        deal.submitted_at, emails=[deal.email], domains=[deal.domain], phones=[deal.phone]
    )


def orders_an_entry_bears_on(entry_ref: str) -> list[str]:
    """Return the paid orders that an agent's entry is about."""
    entry = AgentEntry.objects.get(public_id=entry_ref)
    if entry.order_ref:
        order = order_by_ref(entry.order_ref)
        return [entry.order_ref] if order and order.paid_at else []
    customer = customer_by_ref(entry.customer_ref)
    return orders_of_customers_paid_since(entry.happened_at, emails=[customer.email]) if customer else []


def deals_credited_by(attribution_ref: str) -> list[str]:
    """Return the deals whose touch won in a decision."""
    attribution = Attribution.objects.get(public_id=attribution_ref)
    won = [verdict for verdict in attribution.verdicts if verdict["won"]]
    return [verdict["touch"] for verdict in won if verdict["channel"] == "registered_deal"]
