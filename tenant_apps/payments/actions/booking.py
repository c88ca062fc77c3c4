"""What the ledger is told of money from customers."""

from datetime import datetime
from typing import TYPE_CHECKING

from kernel.sentences import sentence
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post, reverse
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.queries import entry_of_cause
from tenant_apps.payments.errors import NothingKnown
from tenant_apps.payments.models import Charge, Dispute, PaymentIntent, Refund

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


def book_refunded(charge: Charge, refund: Refund, moved_at: datetime, at: datetime) -> None:
    """Went back: what the capture booked is turned round by the refund's part, net and tax by their shares."""
    reverse(
        entry=_entry_of(charge), cause=f"refund:{refund.public_id}:succeeded",
        description=f"Refund for {charge.intent.order_ref}", amount_minor=refund.amount_minor, belongs_to=moved_at,
        at=at,
    )  # fmt: skip


def book_withdrawn(dispute: Dispute, amount_minor: int, moved_at: datetime, at: datetime) -> None:
    """The provider took the disputed amount from the account: processor → receivable."""
    _move(dispute, "withdrawn", chart.dispute_receivable(), chart.processor(), amount_minor, moved_at, at)


def book_reinstated(dispute: Dispute, amount_minor: int, moved_at: datetime, at: datetime) -> None:
    """The provider put it back: receivable → processor."""
    _move(dispute, "reinstated", chart.processor(), chart.dispute_receivable(), amount_minor, moved_at, at)


def book_fee(dispute: Dispute, change_minor: int, moved_at: datetime, at: datetime) -> None:
    """The provider's fee for a dispute, or what is given back of it: below zero."""
    debit, credit = chart.dispute_fees(), chart.processor()
    if change_minor < 0:
        debit, credit = credit, debit
    what = "fee" if change_minor > 0 else "fee_returned"
    _move(dispute, what, debit, credit, abs(change_minor), moved_at, at)


def book_lost(charge: Charge, dispute: Dispute, moved_at: datetime, at: datetime) -> None:
    """Lost for good: the capture is turned round by its share as by a refund, out of the receivable."""
    reverse(
        entry=_entry_of(charge), cause=f"dispute:{dispute.public_id}:lost",
        description=f"Lost dispute of {charge.intent.order_ref}", amount_minor=dispute.amount_minor,
        moved={chart.processor(): chart.dispute_receivable()}, belongs_to=moved_at, at=at,
    )  # fmt: skip


def _move(
    dispute: Dispute, what: str, debit: AccountRef, credit: AccountRef, amount_minor: int, moved_at: datetime,
    at: datetime,
) -> None:  # fmt: skip
    post(
        cause=f"dispute:{dispute.public_id}:{what}",
        description=f"Dispute of {dispute.charge.intent.order_ref}, {what.replace('_', ' ')}",
        transfers=[Posting(debit, credit, amount_minor, dispute.currency)], belongs_to=moved_at, at=at,
    )  # fmt: skip


def _captured(charge: Charge) -> str:
    return f"charge:{charge.public_id}:captured"


def _entry_of(charge: Charge) -> "Entry":
    entry = entry_of_cause(_captured(charge))
    if entry is None:
        raise NothingKnown(sentence("The books do not know of payment %(charge)s.", charge=charge))
    return entry
