from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from tenant_apps.customers.actions import remember_customer
from tenant_apps.orders.actions.placing import next_number, same_or_refused, tell_placed
from tenant_apps.orders.actions.progress import mark_fulfilled, mark_paid
from tenant_apps.orders.models import Line, Order
from tenant_apps.orders.queries import order_from
from tenant_apps.orders.rules import included_tax

if TYPE_CHECKING:
    from tenant_apps.catalog.models import Offer


@dataclass(frozen=True, kw_only=True)
class ToldSale:
    """A sale that another system made and was paid for; its total comes from there, not from the catalog."""

    source: str
    external_id: str
    offer: "Offer"
    quantity: int
    total_minor: int
    currency: str
    tax_rate: Decimal
    cost_minor: int
    email: str
    name: str
    sold_at: datetime
    visitor_ref: str = ""
    code: str = ""
    country: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fulfilled: bool = False


@transaction.atomic
def import_sale(*, sale: ToldSale, actor: Actor, at: datetime) -> Order:
    """Write a sale of another system as a paid order; told again, the same order comes back.

    Its dates are those of the sale; what follows from it happens now, so closed books stay closed. Nothing
    is charged: the money is with the other system. Raises OrderDiffers when its id means another sale.
    """
    wish = {"offer": sale.offer, "quantity": sale.quantity, "currency": sale.currency, "email": sale.email}
    known = order_from(sale.source, sale.external_id)
    if known is not None:
        return same_or_refused(known, **wish, total_minor=sale.total_minor)  # type: ignore[arg-type]
    customer = remember_customer(email=sale.email, name=sale.name, phone="", at=at)
    tax = included_tax(sale.total_minor, sale.tax_rate)
    order = Order(
        customer=customer, source=sale.source, external_id=sale.external_id, visitor_ref=sale.visitor_ref,
        code=sale.code, country=sale.country, metadata=sale.metadata, currency=sale.currency,
        total_minor=sale.total_minor, tax_minor=tax, placed_at=sale.sold_at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            order.number = next_number()
            order.save(force_insert=True)
    except IntegrityError:
        twin = order_from(sale.source, sale.external_id)
        if twin is None:
            raise
        return same_or_refused(twin, **wish, total_minor=sale.total_minor)  # type: ignore[arg-type]
    Line.objects.create(
        order=order, position=1, offer=sale.offer, product_code=sale.offer.product.code,
        product_kind=sale.offer.product.kind, title=sale.offer.title, quantity=sale.quantity,
        gross_minor=sale.total_minor, tax_minor=tax, cost_minor=sale.cost_minor,
    )  # fmt: skip
    tell_placed(order, actor, at)
    paid = mark_paid(order_ref=order.public_id, paid_at=sale.sold_at, actor=actor, at=at)
    return mark_fulfilled(order=paid, actor=actor, at=at) if sale.fulfilled else paid
