"""The plain file for banks that take no pain.001: one row per transfer, cells that cannot run."""

import csv
import io

from kernel.money import Money
from tenant_apps.settlements.banking.order import TransferOrder
from tenant_apps.settlements.documents.sheet import text_cell

HEADER = ("reference", "name", "account", "bic", "amount", "currency", "purpose", "execute_on")


def transfers_csv(order: TransferOrder) -> bytes:
    """Return the order as CSV (UTF-8, CRLF, amounts in major units with a point); the same order, the same bytes.

    Text that a spreadsheet would take for a formula is shown as text by a leading apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for each in order.creditors:
        amount = Money(each.amount_minor, each.currency).to_decimal()
        writer.writerow(
            [
                each.reference, text_cell(each.name), text_cell(each.account), each.bic, f"{amount:f}", each.currency,
                text_cell(each.purpose), order.execute_on.isoformat(),
            ]
        )  # fmt: skip
    return out.getvalue().encode()
