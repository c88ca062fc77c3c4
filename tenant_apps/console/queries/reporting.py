from typing import Any

from django.db.models import QuerySet

from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.queries import outcomes
from tenant_apps.reports.queries import (
    Filters,
    days_to_payable,
    midnight,
    owed,
    owed_by,
    owed_keys,
    reversal_rates,
    zero_pay,
)
from tenant_apps.reports.states import Dimension, ExportFormat, ExportKind

SHOWN = 50


def report_story(by: Dimension, filters: Filters) -> dict[str, Any]:
    """Return what is owed with its parts, and how fairly earnings are treated, within the filters."""
    parts = owed_by(by, filters)
    top = max([abs(part.amount_minor) for part in parts] or [1]) or 1
    since, until = (midnight(day) if day else None for day in (filters.since, filters.until))
    return {
        "totals": owed(filters),
        "parts": [{"row": part, "width": abs(part.amount_minor) * 100 // top} for part in parts],
        "reversals": reversal_rates(_without_state(filters)),
        "wait": days_to_payable(_without_state(filters)),
        "zero_pay": zero_pay(_without_state(filters)),
        "outcomes": sorted(outcomes(since=since, until=until, partner_ref=filters.partner).items()),
        "lines": _lines(filters),
        "kinds": list(ExportKind),
        "formats": list(ExportFormat),
    }


def _lines(filters: Filters) -> QuerySet[Commission]:
    keys = owed_keys(filters, start=0, limit=SHOWN)
    return Commission.objects.filter(pk__in=keys).select_related("enrollment").order_by("-pk")


def _without_state(filters: Filters) -> Filters:
    # A rate over the lines of one state would say nothing about sales.
    return Filters(**{name: getattr(filters, name) for name in Filters.__dataclass_fields__ if name != "state"})
