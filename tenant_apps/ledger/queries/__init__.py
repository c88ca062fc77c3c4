"""Reads of the books: balances, entries, and whether all is sound."""

from tenant_apps.ledger.queries.balances import (
    HistoryLine,
    TrialRow,
    TrialTotal,
    account_by_ref,
    account_history,
    account_ref,
    balance,
    balances,
    day_end,
    totals_of,
    trial_balance,
    with_sums,
)
from tenant_apps.ledger.queries.entries import (
    all_transfers,
    entries_of_cause_prefix,
    entries_of_causes,
    entry_by_ref,
    entry_of_cause,
    last_closing,
    open_since,
    reversed_so_far,
    seals,
)
from tenant_apps.ledger.queries.soundness import flaws

__all__ = [
    "HistoryLine",
    "TrialRow",
    "TrialTotal",
    "account_by_ref",
    "account_history",
    "account_ref",
    "all_transfers",
    "balance",
    "balances",
    "day_end",
    "entries_of_cause_prefix",
    "entries_of_causes",
    "entry_by_ref",
    "entry_of_cause",
    "flaws",
    "last_closing",
    "open_since",
    "reversed_so_far",
    "seals",
    "totals_of",
    "trial_balance",
    "with_sums",
]
