from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Min, Prefetch, Q, QuerySet, Sum

from tenant_apps.orders.models import Line, LineDispute, LineRefund, Order
from tenant_apps.orders.states import DisputeStep

SAME_SALE = timedelta(minutes=10)
_OF_REFUND = ("line__public_id", "refund_ref", "amount_minor", "at", "moved_at", "returned_on")


@dataclass(frozen=True, kw_only=True)
class SaleLine:
    """A line as it was sold; amounts of the whole line in minor units, `cost_minor` per unit."""

    ref: str
    position: int
    offer_ref: str
    product_code: str
    product_kind: str
    title: str
    quantity: int
    gross_minor: int
    discount_minor: int
    tax_minor: int
    cost_minor: int
    refunded_minor: int
    disputed_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class Sale:
    """A frozen picture of an order: what attribution and commissions look at."""

    order_ref: str
    number: int
    source: str
    customer_email: str
    visitor_ref: str
    via_code: str
    lead_ref: str
    currency: str
    total_minor: int
    tax_minor: int
    refunded_minor: int
    placed_at: datetime
    checkout_opened_at: datetime | None
    paid_at: datetime | None
    fulfilled_at: datetime | None
    lines: tuple[SaleLine, ...]
    disputed_minor: int = 0
    country: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MoneyBack:
    """What one refund gave back of a line, or what one dispute holds of it; `at` is when we heard of it.

    `moved_at` is when it went back as the provider says, `on` the day where another system told no more than that.
    """

    ref: str
    amount_minor: int
    at: datetime
    moved_at: datetime | None = None
    on: date | None = None

    @property
    def since(self) -> datetime:
        """When it went back, as exactly as we were told."""
        return self.moved_at or self.at


@dataclass(frozen=True, kw_only=True)
class SoldLine:
    """What a statement says of an order's line."""

    order_number: int
    title: str
    quantity: int


def order_by_ref(ref: str) -> Order | None:
    """Return an order by its public id."""
    return Order.objects.select_related("customer", "lead").filter(public_id=ref).first()


def order_called(text: str) -> Order | None:
    """Return an order as people name it: `#12`, `12` or its public id."""
    name = text.strip().removeprefix("#")
    if name.isascii() and name.isdigit() and len(name) < 19:
        return Order.objects.select_related("customer", "lead").filter(number=int(name)).first()
    return order_by_ref(name)


def order_from(source: str, external_id: str) -> Order | None:
    """Return the order with the exact key of a sale: where it came in, and its id there."""
    orders = Order.objects.select_related("customer", "lead")
    return orders.filter(source=source, external_id=external_id).first()


def orders_from(source: str, external_ids: Iterable[str]) -> dict[str, Order]:
    """Return the orders of one source by their id there: one query."""
    orders = Order.objects.select_related("customer").filter(source=source, external_id__in=list(external_ids))
    return {order.external_id: order for order in orders}


def orders_by_refs(refs: Iterable[str]) -> dict[str, Order]:
    """Return orders with customer and lines by public id: two queries, whatever their number."""
    orders = Order.objects.select_related("customer").prefetch_related("lines")
    return {order.public_id: order for order in orders.filter(public_id__in=list(refs))}


def order_numbers(refs: Iterable[str]) -> dict[str, int]:
    """Return the numbers of orders by their public ids, in one query."""
    return dict(Order.objects.filter(public_id__in=set(refs)).values_list("public_id", "number"))


def orders_of_visitor_paid_since(visitor_ref: str, since: datetime) -> list[str]:
    """Return the public ids of a visitor's orders paid at or after an instant, oldest first."""
    paid = Order.objects.filter(visitor_ref=visitor_ref, paid_at__gte=since).exclude(visitor_ref="")
    return list(paid.order_by("pk").values_list("public_id", flat=True))


def orders_of_customers_paid_since(
    since: datetime,
    *,
    emails: Iterable[str] = (),
    domains: Iterable[str] = (),
    phones: Iterable[str] = (),
    visitors: Iterable[str] = (),
) -> list[str]:
    """Return the public ids of orders paid at or after an instant by customers with one of these contacts."""
    who = Q(customer__email__in=set(emails)) | Q(customer__phone__in=set(phones) - {""})
    for domain in set(domains) - {""}:
        who |= Q(customer__email__endswith=f"@{domain}")
    who |= Q(visitor_ref__in=set(visitors) - {""})
    return list(Order.objects.filter(who, paid_at__gte=since).order_by("pk").values_list("public_id", flat=True))


def orders_of_customers_paid_before(
    instant: datetime, *, emails: Iterable[str] = (), domains: Iterable[str] = (), phones: Iterable[str] = ()
) -> QuerySet[Order]:
    """Return the orders paid before an instant by customers with one of these contacts, the latest first."""
    who = Q(customer__email__in=set(emails) - {""}) | Q(customer__phone__in=set(phones) - {""})
    for domain in set(domains) - {""}:
        who |= Q(customer__email__endswith=f"@{domain}")
    return Order.objects.filter(who, paid_at__lt=instant).order_by("-paid_at", "-pk")


def paid_orders_of_customer(customer_id: int) -> list[str]:
    """Return the public ids of what a customer paid for, oldest first."""
    paid = Order.objects.filter(customer_id=customer_id, paid_at__isnull=False)
    return list(paid.order_by("pk").values_list("public_id", flat=True))


def probable_duplicates(order: Order) -> list[Order]:
    """Return paid orders of the same customer, amount and currency, told by another source within ten minutes."""
    near = Q(placed_at__gte=order.placed_at - SAME_SALE, placed_at__lte=order.placed_at + SAME_SALE)
    alike = Order.objects.filter(
        near, customer_id=order.customer_id, total_minor=order.total_minor, currency=order.currency,
        paid_at__isnull=False,
    )  # fmt: skip
    return list(alike.exclude(source=order.source).exclude(pk=order.pk).select_related("customer").order_by("pk"))


def latest_orders(search: str = "") -> QuerySet[Order]:
    """Return orders, newest first, with customer; `search` is a number or part of an e-mail or name."""
    orders = Order.objects.select_related("customer").order_by("-placed_at", "-pk")
    term = search.strip().removeprefix("#")
    if not term:
        return orders
    found = Q(customer__email__icontains=term) | Q(customer__name__icontains=term)
    return orders.filter(found | Q(number=int(term)) if term.isascii() and term.isdigit() and len(term) < 18 else found)


def sale_of(order: Order) -> Sale:
    """Return the frozen picture of an order and its lines."""
    return Sale(
        order_ref=order.public_id, number=order.number, source=order.source, customer_email=order.customer.email,
        visitor_ref=order.visitor_ref, via_code=order.via_code, lead_ref=order.lead.public_id if order.lead else "",
        currency=order.currency, total_minor=order.total_minor, tax_minor=order.tax_minor,
        refunded_minor=order.refunded_minor, disputed_minor=order.disputed_minor, placed_at=order.placed_at,
        checkout_opened_at=order.checkout_opened_at, paid_at=order.paid_at, fulfilled_at=order.fulfilled_at,
        country=order.country, metadata=order.metadata,
        lines=tuple(
            SaleLine(
                ref=line.public_id, position=line.position, offer_ref=line.offer.public_id,
                product_code=line.product_code, product_kind=line.product_kind, title=line.title,
                quantity=line.quantity, gross_minor=line.gross_minor, discount_minor=line.discount_minor,
                tax_minor=line.tax_minor, cost_minor=line.cost_minor, refunded_minor=line.refunded_minor,
                disputed_minor=line.disputed_minor,
            )
            for line in _lines_in_order(order)
        ),
    )  # fmt: skip


def _lines_in_order(order: Order) -> list[Line]:
    """Return the lines by position; those that were fetched with the order are not asked for again."""
    if "lines" in getattr(order, "_prefetched_objects_cache", {}):
        return list(order.lines.all())
    return list(order.lines.select_related("offer").order_by("position"))


def money_back(order_ref: str) -> dict[str, list[MoneyBack]]:
    """Return what is back with the customer of each line (by its public id): refunds, and disputes open or lost."""
    return money_back_of(Line.objects.filter(order__public_id=order_ref).values("public_id"))


def money_back_of(refs: QuerySet[Any] | Iterable[str], *, before: datetime | None = None) -> dict[str, list[MoneyBack]]:
    """Return what is back with the customer of lines (by public id), those alone of which something is.

    `refs` may be a query for line ids, so that one statement looks at all lines of a period; `before` an
    instant, for what was back by then.
    """
    lines = Line.objects.filter(public_id__in=refs)
    by_then = Q() if before is None else Q(at__lt=before)
    refunds = LineRefund.objects.filter(by_then, line__in=lines)
    found: list[tuple[Any, ...]] = list(refunds.values_list(*_OF_REFUND))
    disputes = LineDispute.objects.filter(by_then, line__in=lines).values_list("line__public_id", "dispute_ref")
    held = disputes.annotate(held=Sum("amount_minor"), opened_at=Min("at"), since=Min("moved_at"))
    found += held.order_by("dispute_ref")
    back: dict[str, list[MoneyBack]] = {}
    for line_ref, *moved in found:
        if moved[1]:
            back.setdefault(line_ref, []).append(MoneyBack(*moved))
    return back


def money_came_again_at(order_ref: str, dispute_ref: str) -> datetime | None:
    """Return when a dispute that was won gave its money back, as the provider says; None for any other cause."""
    won = LineDispute.objects.filter(line__order__public_id=order_ref, dispute_ref=dispute_ref, step=DisputeStep.WON)
    return won.values_list("moved_at", flat=True).first()


def given_away_and_back(refs: QuerySet[Any] | Iterable[str], *, before: datetime | None = None) -> set[str]:
    """Return the lines (by public id) that cost nothing and whose whole order is back with the customer."""
    whole = Q(order__total_minor=F("order__refunded_minor") + F("order__disputed_minor"))
    given = Line.objects.filter(whole, public_id__in=refs, gross_minor=F("discount_minor"))
    if before is not None:
        later = Q(order__lines__refunds__at__gte=before) | Q(order__lines__disputes__at__gte=before)
        given = given.exclude(later)
    return set(given.values_list("public_id", flat=True))


def sales_of(refs: Iterable[str]) -> dict[str, Sale]:
    """Return the frozen pictures of orders by public id: two queries, however many there are."""
    lines = Prefetch("lines", Line.objects.select_related("offer").order_by("position"))
    orders = Order.objects.filter(public_id__in=set(refs)).select_related("customer", "lead").prefetch_related(lines)
    return {order.public_id: sale_of(order) for order in orders}


def customers_of(refs: Iterable[str]) -> dict[str, int]:
    """Return the customers (primary keys) of orders by public id."""
    return dict(Order.objects.filter(public_id__in=set(refs)).values_list("public_id", "customer_id"))


def orders_of_customers(customers: Iterable[int]) -> dict[str, int]:
    """Return the paid orders (public ids) of customers, each with its customer (primary keys)."""
    paid = Order.objects.filter(customer__in=set(customers)).exclude(paid_at=None)
    return dict(paid.values_list("public_id", "customer_id"))


def money_moved(order_refs: Iterable[str]) -> dict[str, list[MoneyBack]]:
    """Return each step by which money of lines (by public id) went back, or came again (below zero), by time."""
    named = {"line__order__public_id__in": set(order_refs)}
    found: list[tuple[Any, ...]] = list(LineRefund.objects.filter(**named).values_list(*_OF_REFUND))
    found += LineDispute.objects.filter(**named).values_list(
        "line__public_id", "dispute_ref", "amount_minor", "at", "moved_at"
    )
    moved: dict[str, list[MoneyBack]] = {}
    for line_ref, *step in sorted(found, key=lambda row: (row[3], row[1])):
        moved.setdefault(line_ref, []).append(MoneyBack(*step))
    return moved


def orders_moved_between(since: datetime, until: datetime) -> list[tuple[str, str, datetime]]:
    """Return the steps of refunds and disputes with `since <= at < until`: order, refund or dispute, instant."""
    times = {"at__gte": since, "at__lt": until}
    refunds = LineRefund.objects.filter(**times).values_list("line__order__public_id", "refund_ref", "at")
    disputes = LineDispute.objects.filter(**times).values_list("line__order__public_id", "dispute_ref", "at")
    return sorted({*refunds, *disputes}, key=lambda row: (row[2], row[0], row[1]))


def order_refs_of_customer(customer_id: int | None) -> QuerySet[Order, str]:
    """Return the public ids of a customer's orders, as a query that others may look into."""
    return Order.objects.filter(customer=customer_id).values_list("public_id", flat=True)


def sold_lines(refs: Iterable[str]) -> dict[str, SoldLine]:
    """Return what these lines (public ids) sold, by id: one query for a whole statement."""
    rows = Line.objects.filter(public_id__in=set(refs)).values_list("public_id", "order__number", "title", "quantity")
    return {ref: SoldLine(order_number=number, title=title, quantity=quantity) for ref, number, title, quantity in rows}
