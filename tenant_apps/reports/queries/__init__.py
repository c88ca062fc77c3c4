"""Reads behind the reports: what is owed, how fairly it is paid, what other terms would, which files there are."""

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
from tenant_apps.reports.queries.simulations import (
    Beside,
    all_simulations,
    by_month,
    by_partner,
    by_rule,
    lines_of_simulation,
    partners_of_simulation,
    simulation_by_key,
    simulation_by_ref,
    totals_of_simulation,
)
from tenant_apps.reports.rules import FILTER_NAMES, Filters, parse_filters

__all__ = [
    "FILTER_NAMES",
    "SHEETS",
    "Beside",
    "Fairness",
    "Filters",
    "OwedRow",
    "OwedTotal",
    "ReversalRow",
    "Sheet",
    "WaitRow",
    "ZeroPayRow",
    "all_exports",
    "all_simulations",
    "by_month",
    "by_partner",
    "by_rule",
    "days_to_payable",
    "export_by_ref",
    "fairness_of_partner",
    "lines_of_simulation",
    "midnight",
    "open_exports",
    "owed",
    "owed_by",
    "owed_keys",
    "parse_filters",
    "partners_of_simulation",
    "reversal_rates",
    "simulation_by_key",
    "simulation_by_ref",
    "totals_of_simulation",
    "zero_pay",
]
