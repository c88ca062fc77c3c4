"""What the ledger is told of money from customers."""

from datetime import datetime
from typing import TYPE_CHECKING

from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post, reverse
from tenant_apps.ledger.queries import entry_of_cause
from tenant_apps.payments.errors import NothingKnown
from tenant_apps.payments.models import Charge, PaymentIntent, Refund

if TYPE_CHECKING:
    from tenant_apps.ledger.models import Entry


def book_captured(charge: Charge, intent: PaymentIntent, at: datetime) -> None:
    """Paid: sales and tax → processor."""
    parts = ((chart.sales(), charge.amount_minor - intent.tax_minor), (chart.tax(), intent.tax_minor))
    post(
        cause=_captured(charge), description=f"Payment for {intent.order_ref}",
        transfers=[Posting(chart.processor(), account, amount, charge.currency) for account, amount in parts if amount],
        belongs_to=at, at=at,
    )  # fmt: skip


def book_refunded(charge: Charge, refund: Refund, at: datetime) -> None:
    """Went back: what the capture booked is turned round by the refund's part, net and tax by their shares."""
    reverse(
        entry=_entry_of(charge), cause=f"refund:{refund.public_id}:succeeded",
        description=f"Refund for {charge.intent.order_ref}", amount_minor=refund.amount_minor, belongs_to=at, at=at,
    )  # fmt: skip


def _captured(charge: Charge) -> str:
    return f"charge:{charge.public_id}:captured"


def _entry_of(charge: Charge) -> "Entry":
    entry = entry_of_cause(_captured(charge))
    if entry is None:
        raise NothingKnown(f"The books do not know that {charge} was captured.")
    return entry
