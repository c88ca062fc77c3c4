"""What the rows of a file of refunds mean at this brand: whose sale, and what of it is left to take."""

from collections.abc import Mapping
from datetime import datetime

from kernel.sentences import sentence
from tenant_apps.attribution.queries.understanding import Understood
from tenant_apps.attribution.rules.imports import RefundRow
from tenant_apps.attribution.rules.sheets import Errors, mistake, refuse
from tenant_apps.orders.queries import orders_from
from tenant_apps.orders.queries.outside import outside_refunds_from, wrong_refund_day
from tenant_apps.orders.states import MoneyState

NO_SALE = "is no sale of this system: import the sales first"
OTHER_REFUND = "was handled before, as another refund"


def understood_refunds(source: str, rows: Mapping[int, RefundRow], at: datetime) -> dict[int, Understood]:
    """Return what refunds mean. Raises InvalidInput with every mistake by row and field.

    What is more than is left of the sale takes what is left: `total_minor` of the facts beside `amount_minor`.
    """
    orders = orders_from(source, {row.sale for row in rows.values()})
    known = outside_refunds_from(source, (row.external_id for row in rows.values()))
    left = {order.pk: order.left_minor for order in orders.values()}
    errors: Errors = []
    found: dict[int, Understood] = {}
    for number, row in rows.items():
        order, before = orders.get(row.sale), known.get(row.external_id)
        if order is None:
            errors.append(mistake(number, "sale", NO_SALE))
            continue
        wrong = {
            "sale": "was not paid" if order.money_state == MoneyState.UNPAID else "",
            "currency": ""
            if row.currency == order.currency
            else sentence("is not the currency of the sale, %(currency)s", currency=order.currency),
            "date": wrong_refund_day(order, row.refunded_on, at),
        }
        said = (order.pk, row.amount_minor, row.refunded_on)
        if before and said != (before.order_id, before.amount_minor, before.refunded_on):
            wrong["external_id"] = OTHER_REFUND
        errors += [mistake(number, name, text) for name, text in wrong.items() if text]
        takes = 0 if before else min(row.amount_minor, left[order.pk])
        left[order.pk] -= takes
        facts = {
            "order": order.public_id, "sale": row.sale, "amount_minor": row.amount_minor, "total_minor": takes,
            "currency": row.currency, "date": row.refunded_on.isoformat(), "reason": row.reason,
        }  # fmt: skip
        found[number] = Understood(row.external_id, before is not None, before.public_id if before else "", facts)
    refuse(errors)
    return found
