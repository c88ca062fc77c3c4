"""Reads of commission lines, of the facts that rules look at, and of what went before a sale."""

from tenant_apps.commissions.queries.lines import (
    HeldLines,
    Totals,
    all_commissions,
    commission_by_ref,
    commissions_of_order,
    commissions_of_partner,
    earnings_are_written,
    earnings_of_attribution,
    earnings_of_order,
    first_to_settle,
    following_money,
    frozen_parts,
    held_lines,
    payable_commissions,
    pending_mismatches,
    reversed_minor,
    sold_lines_of_order,
    totals_of_partner,
)
from tenant_apps.commissions.queries.periods import booked_minor, first_to_mature, versions_in_period
from tenant_apps.commissions.queries.progress import period_totals, progress_of, room_of
from tenant_apps.commissions.queries.recomputing import recomputed_minor
from tenant_apps.commissions.queries.sales import contract_of, facts_of_sale, inputs_of, lines_of_sale

__all__ = [
    "HeldLines",
    "Totals",
    "all_commissions",
    "booked_minor",
    "commission_by_ref",
    "commissions_of_order",
    "commissions_of_partner",
    "contract_of",
    "earnings_are_written",
    "earnings_of_attribution",
    "earnings_of_order",
    "facts_of_sale",
    "first_to_mature",
    "first_to_settle",
    "following_money",
    "frozen_parts",
    "held_lines",
    "inputs_of",
    "lines_of_sale",
    "payable_commissions",
    "pending_mismatches",
    "period_totals",
    "progress_of",
    "recomputed_minor",
    "reversed_minor",
    "room_of",
    "sold_lines_of_order",
    "totals_of_partner",
    "versions_in_period",
]
