"""What the ledger is told of a commission line. A negative line books the other way round."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import Kind
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Booking, Posting, post, post_all
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.queries import entry_of_cause

if TYPE_CHECKING:
    from tenant_apps.ledger.models import Entry


def book_accrued(line: Commission, at: datetime) -> None:
    """Earned: expense → pending."""
    _book(line, "accrued", chart.commission_expense(), chart.partner_pending(line.partner_ref), line.accrued_at, at)


def book_reversed(line: Commission, belongs_to: datetime, at: datetime) -> None:
    """Taken back or restored before it was payable: between pending and expense, in its own line."""
    _book_follower(line, "reversed", chart.partner_pending(line.partner_ref), belongs_to, at)


def book_clawed_back(line: Commission, belongs_to: datetime, at: datetime) -> None:
    """Taken back or restored after it was payable: between payable and expense; the balance may fall below zero."""
    _book_follower(line, "clawed_back", chart.partner_payable(line.partner_ref), belongs_to, at)


def book_frozen(part: Commission, at: datetime) -> None:
    """A part of payable money is disputed: payable → pending, until it is decided."""
    payable, pending = chart.partner_payable(part.partner_ref), chart.partner_pending(part.partner_ref)
    _book(part, "frozen", payable, pending, at, at)


def book_matured(lines: Iterable[Commission], at: datetime) -> None:
    """The hold is over: pending → payable, each line on its own day, all in a few statements."""
    bookings = []
    for line in lines:
        pending, payable = chart.partner_pending(line.partner_ref), chart.partner_payable(line.partner_ref)
        if line.amount_minor:
            bookings.append(Booking(**_said(line, "matured", pending, payable), belongs_to=line.payable_at or at))
    post_all(bookings=bookings, at=at)


def book_canceled(line: Commission, at: datetime) -> None:
    """Canceled by the brand: the line's own accrual or reversal is turned round."""
    pending, expense = chart.partner_pending(line.partner_ref), chart.commission_expense()
    _book(line, "canceled", pending, expense, at, at, reverses=_accrual_of(line))


def _book_follower(line: Commission, what: str, account: AccountRef, belongs_to: datetime, at: datetime) -> None:
    """Book a line that follows another. Only what takes back reverses the accrual; what restores stands alone."""
    what = "reinstated" if line.kind == Kind.REINSTATEMENT else what
    accrual = None if line.kind == Kind.REINSTATEMENT else _accrual_of(line)
    _book(line, what, chart.commission_expense(), account, belongs_to, at, reverses=accrual)


def _book(
    line: Commission, what: str, debit: AccountRef, credit: AccountRef, belongs_to: datetime, at: datetime,
    reverses: "Entry | None" = None,
) -> None:  # fmt: skip
    if line.amount_minor:
        post(**_said(line, what, debit, credit), belongs_to=belongs_to, at=at, reverses=reverses)


def _said(line: Commission, what: str, debit: AccountRef, credit: AccountRef) -> dict[str, Any]:
    """Return cause, description and transfer of a line; a negative one goes the other way round."""
    if line.amount_minor < 0:
        debit, credit = credit, debit
    return {
        "cause": f"commission:{line.public_id}:{what}", "description": f"Commission of order {line.order_ref} {what}",
        "transfers": (Posting(debit, credit, abs(line.amount_minor), line.currency),),
    }  # fmt: skip


def _accrual_of(line: Commission) -> "Entry | None":
    original = line.reverses or line
    return entry_of_cause(f"commission:{original.public_id}:accrued")
