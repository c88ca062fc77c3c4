"""Taking the rows of a checked file: touches become candidates, sales paid orders; refunds go off their order."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from kernel.actor import system
from shared_apps.brands.pseudonyms import pseudonym
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.events import TouchesImported
from tenant_apps.attribution.models import Import, ImportedTouch, ImportRow
from tenant_apps.attribution.rules.imports import touch_key
from tenant_apps.attribution.states import ImportKind
from tenant_apps.catalog.queries import offers_by_slugs
from tenant_apps.orders.actions import ToldRefund, ToldSale, import_sale, record_outside_refund
from tenant_apps.orders.errors import OrderDiffers, OrderNotPaid, OrderPaidHere, RefundDiffers
from tenant_apps.orders.queries import orders_by_refs, orders_of_customers_paid_since
from tenant_apps.programs.queries import enrollments_by_refs

IMPORTS = system("imports")


def take_rows(file: Import, rows: Sequence[ImportRow], at: datetime) -> int:
    """Take rows that are new; return how many were refused, since their id means something else by now."""
    if not rows:
        return 0
    refused = _TAKES[ImportKind(file.kind)](file, rows, at)
    for row in rows:
        row.facts = {}
    ImportRow.objects.bulk_update(rows, ["facts", "result_ref"], batch_size=500)
    return refused


def _take_touches(file: Import, rows: Sequence[ImportRow], at: datetime) -> int:
    touches = _touches_of(file, rows, at, of_sale=False)
    # A twin that imports the same rows at once waits at the unique key; they are its rows then.
    ImportedTouch.objects.bulk_create(touches.values(), ignore_conflicts=True)
    affected = orders_of_customers_paid_since(
        min(touch.at for touch in touches.values()), emails={row.facts["email"] for row in rows} - {""},
        visitors={row.facts["visitor"] for row in rows},
    )  # fmt: skip
    for row in rows:
        row.result_ref = touches[row.pk].public_id
    for order_ref in affected:
        publish(TouchesImported(order_ref=order_ref, at=at))
    return 0


def _take_sales(file: Import, rows: Sequence[ImportRow], at: datetime) -> int:
    offers, refused = offers_by_slugs({row.facts["offer"] for row in rows}), 0
    with_partner = [row for row in rows if row.facts["enrollment"]]
    ImportedTouch.objects.bulk_create(_touches_of(file, with_partner, at, of_sale=True).values(), ignore_conflicts=True)
    for row in rows:
        told = row.facts
        sale = ToldSale(
            source=file.source, external_id=row.external_id, offer=offers[told["offer"]], quantity=told["quantity"],
            total_minor=told["total_minor"], currency=told["currency"], tax_rate=Decimal(told["tax_rate"]),
            cost_minor=told["cost_minor"], email=told["email"], name=told["name"],
            sold_at=datetime.fromisoformat(told["at"]), visitor_ref=told["visitor"], code=told["code"],
            country=told["country"], metadata=told["metadata"], fulfilled=told["fulfilled"],
        )  # fmt: skip
        try:
            row.result_ref = import_sale(sale=sale, actor=IMPORTS, at=at).public_id
        except OrderDiffers:
            refused += 1
    return refused


def _take_refunds(_: Import, rows: Sequence[ImportRow], at: datetime) -> int:
    orders, refused = orders_by_refs({row.facts["order"] for row in rows}), 0
    for row in rows:
        said = row.facts
        told = ToldRefund(
            external_id=row.external_id, amount_minor=said["amount_minor"], currency=said["currency"],
            refunded_on=date.fromisoformat(said["date"]), reason=said["reason"],
        )  # fmt: skip
        try:
            refund = record_outside_refund(order=orders[said["order"]], told=told, actor=IMPORTS, at=at, capped=True)
            row.result_ref = refund.public_id
        except (RefundDiffers, OrderNotPaid, OrderPaidHere):
            refused += 1
    return refused


def _touches_of(file: Import, rows: Sequence[ImportRow], at: datetime, *, of_sale: bool) -> dict[int, ImportedTouch]:
    enrollments = enrollments_by_refs([row.facts["enrollment"] for row in rows])
    return {
        row.pk: ImportedTouch(
            external_id=touch_key(file.source, row.external_id, of_sale=of_sale),
            enrollment=enrollments[row.facts["enrollment"]], visitor_ref=row.facts["visitor"],
            customer_key=pseudonym(row.facts["email"]), campaign=row.facts["campaign"],
            at=datetime.fromisoformat(row.facts["at"]), imported_at=at,
        )
        for row in rows
    }  # fmt: skip


_TAKES = {ImportKind.TOUCHES: _take_touches, ImportKind.CONVERSIONS: _take_sales, ImportKind.REFUNDS: _take_refunds}
