from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.salefacts import wrong_facts
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.outbox.actions import publish
from tenant_apps.catalog import queries as catalog
from tenant_apps.catalog.states import OfferState
from tenant_apps.customers.actions import remember_customer
from tenant_apps.customers.queries import open_lead_of
from tenant_apps.orders.errors import OfferNotForSale, OrderDiffers
from tenant_apps.orders.events import OrderPlaced
from tenant_apps.orders.models import Line, Order, OrderCounter
from tenant_apps.orders.queries import order_from
from tenant_apps.orders.rules import included_tax
from tenant_apps.programs.queries import coupon_by_code

if TYPE_CHECKING:
    from tenant_apps.catalog.models import Offer, Price
    from tenant_apps.customers.models import Lead

MOST_UNITS = 999


@transaction.atomic
def place_order(
    *, offer: "Offer", quantity: int, currency: str, email: str, name: str, visitor_ref: str, via_code: str,
    source: str, external_id: str, actor: Actor, at: datetime, lead: "Lead | None" = None,
    country: str = "", metadata: dict[str, str] | None = None, code: str = "",
) -> Order:  # fmt: skip
    """Place an order for an offer at its active price; the totals come from the catalog, never from the caller.

    Sent again with the same source and external id, the same order comes back: of two racing twins
    one waits at the unique key. `country` (ISO 3166) and `metadata` (texts by name) are facts that terms of
    partners may ask for; what is not known is left empty, never guessed. An open lead of the customer for
    the offer is this order's, and what it told counts where the order says nothing. Raises InvalidInput
    naming the field, OfferNotForSale, OrderDiffers.
    """
    wish = {"offer": offer, "quantity": quantity, "currency": currency, "email": email}
    _refuse_bad_input(quantity, source, external_id, code)
    if wrong := wrong_facts(country, metadata or {}):
        raise InvalidInput(errors=wrong)
    known = order_from(source, external_id)
    if known is not None:
        return same_or_refused(known, **wish)  # type: ignore[arg-type]
    offer, price = _for_sale(offer, currency)
    customer = remember_customer(email=email, name=name, phone="", at=at)
    lead = lead or open_lead_of(customer, offer)
    country, metadata = _told(lead, country, metadata)
    line = _line(offer, price, quantity)
    order = Order(
        customer=customer, lead=lead, source=source, external_id=external_id, visitor_ref=visitor_ref[:64],
        via_code=via_code[:40], code=code.strip().lower(), country=country, metadata=metadata, currency=currency,
        total_minor=line.total_minor, tax_minor=line.tax_minor, placed_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            order.number = next_number()
            order.save(force_insert=True)
    except IntegrityError:
        twin = order_from(source, external_id)
        if twin is None:
            raise
        return same_or_refused(twin, **wish)  # type: ignore[arg-type]
    line.order = order
    line.save(force_insert=True)
    tell_placed(order, actor, at)
    return order


def tell_placed(order: Order, actor: Actor, at: datetime) -> None:
    """Write down and publish that an order was placed."""
    record(
        actor=actor,
        verb="order.placed",
        subject=order,
        at=at,
        after={"number": order.number, "total": order.total_minor},
    )
    publish(OrderPlaced(order_ref=order.public_id, at=at))


def _refuse_bad_input(quantity: int, source: str, external_id: str, code: str) -> None:
    if not 1 <= quantity <= MOST_UNITS:
        raise InvalidInput(field="quantity", message=sentence("Choose 1 to %(most)s.", most=MOST_UNITS))
    for field, value, most in (("source", source, 40), ("external_id", external_id, 80)):
        if not 1 <= len(value) <= most:
            raise InvalidInput(field=field, message=sentence("has 1 to %(most)s characters", most=most))
    if code.strip() and coupon_by_code(code) is None:
        raise InvalidInput(field="code", message=_("This code is not known."))


def _told(lead: "Lead | None", country: str, metadata: dict[str, str] | None) -> tuple[str, dict[str, str]]:
    if lead is None:
        return country, metadata or {}
    return country or lead.country, metadata or lead.metadata


def _for_sale(offer: "Offer", currency: str) -> "tuple[Offer, Price]":
    """Return the offer as it is now, and its price: the caller's copy may be older than its archiving."""
    current, price = catalog.offer_by_ref(offer.public_id), catalog.active_price(offer, currency)
    if current is None or price is None or not OfferState(current.state).can_be_bought:
        raise OfferNotForSale(
            sentence("%(title)s is not for sale in %(currency)s.", title=offer.title, currency=currency)
        )
    return current, price


def same_or_refused(
    order: Order, *, offer: "Offer", quantity: int, currency: str, email: str, total_minor: int | None = None
) -> Order:
    """Return the order that came before, if it is the one that comes now; raise OrderDiffers if it is not."""
    line = order.lines.get()
    before = (line.offer_id, line.quantity, order.currency, order.customer.email)
    same_total = total_minor is None or total_minor == order.total_minor
    if before != (offer.pk, quantity, currency, email.strip().lower()) or not same_total:
        raise OrderDiffers("An order with this external id exists and is another one.", order=order.public_id)
    return order


def _line(offer: "Offer", price: "Price", quantity: int) -> Line:
    gross = price.amount_minor * quantity
    return Line(
        position=1, offer=offer, product_code=offer.product.code, product_kind=offer.product.kind, title=offer.title,
        quantity=quantity, gross_minor=gross, tax_minor=included_tax(gross, price.tax_rate),
        cost_minor=price.cost_minor,
    )  # fmt: skip


def next_number() -> int:
    """Take the next number from the one guarded row; a rolled back order gives it back, so no gap is left."""
    counter, _ = OrderCounter.objects.select_for_update().get_or_create(pk=1)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last
