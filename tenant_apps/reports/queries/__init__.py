"""Reads behind the reports: what is owed, how fairly it is paid, which files there are."""

from tenant_apps.reports.queries.exports import all_exports, export_by_ref, open_exports
from tenant_apps.reports.queries.fairness import (
    Fairness,
    ReversalRow,
    WaitRow,
    ZeroPayRow,
    days_to_payable,
    fairness_of_partner,
    reversal_rates,
    zero_pay,
)
from tenant_apps.reports.queries.lines import midnight
from tenant_apps.reports.queries.owed import OwedRow, OwedTotal, owed, owed_by, owed_keys
from tenant_apps.reports.queries.sheets import SHEETS, Sheet
from tenant_apps.reports.rules import FILTER_NAMES, Filters, parse_filters

__all__ = [
    "FILTER_NAMES",
    "SHEETS",
    "Fairness",
    "Filters",
    "OwedRow",
    "OwedTotal",
    "ReversalRow",
    "Sheet",
    "WaitRow",
    "ZeroPayRow",
    "all_exports",
    "days_to_payable",
    "export_by_ref",
    "fairness_of_partner",
    "midnight",
    "open_exports",
    "owed",
    "owed_by",
    "owed_keys",
    "parse_filters",
    "reversal_rates",
    "zero_pay",
]
