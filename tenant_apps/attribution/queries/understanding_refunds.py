"""What the rows of a file of refunds mean at this brand: whose sale, and what of it is left to take."""

from datetime import datetime

from kernel.sentences import sentence
from tenant_apps.attribution.queries.understanding import Understood
from tenant_apps.attribution.rules.imports import RefundRow
from tenant_apps.attribution.rules.sheets import Sheet
from tenant_apps.orders.queries import orders_from
from tenant_apps.orders.queries.outside import outside_refunds_from, wrong_refund_day
from tenant_apps.orders.states import MoneyState

NO_SALE = "is no sale of this system: import the sales first"
OTHER_REFUND = "was handled before, as another refund"


def understood_refunds(source: str, sheet: Sheet[RefundRow], at: datetime) -> dict[int, Understood]:
    """Return what refunds mean, and note in the sheet all that is wrong with them here.

    What is more than is left of the sale takes what is left: `total_minor` of the facts beside `amount_minor`.
    """
    rows = sheet.rows
    orders = orders_from(source, {row.sale for row in rows.values()})
    known = outside_refunds_from(source, (row.external_id for row in rows.values()))
    left = {order.pk: order.left_minor for order in orders.values()}
    found: dict[int, Understood] = {}
    for number, row in rows.items():
        order, before = orders.get(row.sale), known.get(row.external_id)
        wrong = {"date": wrong_refund_day(order, row.refunded_on, at), "sale": "" if order else NO_SALE}
        if order and order.money_state == MoneyState.UNPAID:
            wrong["sale"] = "was not paid"
        if order and row.currency != order.currency:
            wrong["currency"] = sentence("is not the currency of the sale, %(currency)s", currency=order.currency)
        for name, text in wrong.items():
            sheet.note(number, name, text)
        if before and sheet.differs(
            number, (("sale",), order and order.pk, before.order_id), (("date",), row.refunded_on, before.refunded_on),
            (("amount", "currency"), row.amount_minor, before.amount_minor),
        ):  # fmt: skip
            sheet.note(number, "external_id", OTHER_REFUND)
        if order is None or sheet.has_mistakes(number):
            continue
        takes = 0 if before else min(row.amount_minor, left[order.pk])
        left[order.pk] -= takes
        facts = {
            "order": order.public_id, "sale": row.sale, "amount_minor": row.amount_minor, "total_minor": takes,
            "currency": row.currency, "date": row.refunded_on.isoformat(), "reason": row.reason,
        }  # fmt: skip
        found[number] = Understood(row.external_id, before is not None, before.public_id if before else "", facts)
    return found
