from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.queries import outcomes
from tenant_apps.programs.queries import all_programs, partner_names
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
from tenant_apps.tracking.queries import site_names

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


def filter_choices(filters: Filters) -> dict[str, Any]:
    """Return what may be chosen by its name: partners, sites, programs, and the campaigns and placements of lines.

    What is chosen already stays a choice, though nobody knows it any more.
    """
    programs = dict(all_programs().values_list("public_id", "name"))
    return {
        "partners": _named(partner_names(), filters.partner), "site_choices": _named(site_names(), filters.site),
        "programs": _named(programs, filters.program), "campaigns": _found(Dimension.CAMPAIGN),
        "placements": _found(Dimension.PLACEMENT),
    }  # fmt: skip


def _named(names: Mapping[str, str], chosen: str) -> list[tuple[str, str]]:
    """Return id and name in the order of names; an id stands behind a name that several have."""
    told = Counter(names.values())
    shown = {ref: name if told[name] == 1 else f"{name} · {ref}" for ref, name in names.items()}
    if chosen:
        shown.setdefault(chosen, chosen)
    return sorted(shown.items(), key=lambda each: (each[1].casefold(), each[0]))


def _found(by: Dimension) -> list[str]:
    return sorted({row.key for row in owed_by(by, Filters()) if row.key})


def _lines(filters: Filters) -> QuerySet[Commission]:
    keys = owed_keys(filters, start=0, limit=SHOWN)
    return Commission.objects.filter(pk__in=keys).select_related("enrollment").order_by("-pk")


def _without_state(filters: Filters) -> Filters:
    # A rate over the lines of one state would say nothing about sales.
    return Filters(**{name: getattr(filters, name) for name in Filters.__dataclass_fields__ if name != "state"})
