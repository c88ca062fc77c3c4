"""Settlement arithmetic, computed purely: balances in, payouts and closings out."""

from tenant_apps.settlements.rules.statement import (
    ClosedMonth,
    Month,
    Negative,
    Terms,
    months_of,
    next_opening,
    settled,
)

__all__ = ["ClosedMonth", "Month", "Negative", "Terms", "months_of", "next_opening", "settled"]
