"""What a report or a simulation is asked for, and the ratios a report tells. Pure: no database, no clock."""

from tenant_apps.reports.rules.filters import (
    FILTER_NAMES,
    OWED_STATES,
    Filters,
    days_in,
    parse_filters,
    ratio,
)
from tenant_apps.reports.rules.simulating import LONGEST_DAYS, Move, back_by, days_wrong, month_days

__all__ = [
    "FILTER_NAMES",
    "LONGEST_DAYS",
    "OWED_STATES",
    "Filters",
    "Move",
    "back_by",
    "days_in",
    "days_wrong",
    "month_days",
    "parse_filters",
    "ratio",
]
