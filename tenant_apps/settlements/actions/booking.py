"""What the ledger is told of payouts, many at once."""

from collections.abc import Iterable
from datetime import datetime

from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Booking, Posting, post_all
from tenant_apps.settlements.models import Payout
from tenant_apps.settlements.states import BatchMethod


def book_moves(payouts: Iterable[Payout], step: str, at: datetime) -> None:
    """Book one step of each payout's present attempt, its settlement at hand: requested, paid, failed or returned."""
    bookings = []
    for payout in payouts:
        partner = payout.settlement.partner_ref
        payable, transit = chart.partner_payable(partner), chart.payout_in_transit(partner)
        source = chart.processor() if payout.method == BatchMethod.STRIPE else chart.bank()
        debit, credit = {
            "requested": (payable, transit), "paid": (transit, source), "failed": (transit, payable),
            "returned": (source, payable),
        }[step]  # fmt: skip
        bookings.append(
            Booking(
                cause=f"payout:{payout.public_id}:{payout.attempt}:{step}",
                description=f"Payout to {payout.settlement.partner_name}, {step}",
                transfers=(Posting(debit, credit, payout.amount_minor, payout.currency),), belongs_to=at,
            )
        )  # fmt: skip
    post_all(bookings=bookings, at=at)
