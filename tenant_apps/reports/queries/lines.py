"""Commission lines beside what they are looked at by: one join for totals and for what they open to."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.brands.entering import entered_brand
from tenant_apps.reports.rules import Filters

# A level has no share of its own: it stands where the earning stands that it was paid on. A line that
# points at another one stands where that one does. At most one share per decision and enrollment, so
# no line is counted twice.
LINES = """
FROM commissions_commission c
JOIN programs_enrollment e ON e.id = c.enrollment_id
JOIN programs_program p ON p.id = e.program_id
LEFT JOIN commissions_commission original ON original.id = c.reverses_id
LEFT JOIN commissions_commission base ON base.id = COALESCE(original.derived_from_id, c.derived_from_id)
LEFT JOIN attribution_attribution a ON a.public_id = c.attribution_ref
LEFT JOIN attribution_share s ON s.attribution_id = a.id
    AND s.enrollment_id = COALESCE(base.enrollment_id, c.enrollment_id)
LEFT JOIN tracking_site t ON t.public_id = s.site_ref
"""
_COLUMNS = {
    "state": "c.state", "partner": "c.partner_ref", "site": "s.site_ref", "campaign": "s.campaign",
    "placement": "s.placement", "role": "e.role",
    "program": "p.public_id", "currency": "c.currency",
}  # fmt: skip


def where(filters: Filters, *, states: Sequence[str] = (), at: str = "c.accrued_at") -> tuple[str, list[Any]]:
    """Return the condition of the filters over `LINES` and its values; days are the brand's, by the column `at`.

    Raises InvalidInput for a state that is none of `states`.
    """
    if filters.state and states and filters.state not in states:
        raise InvalidInput(field="state", message=sentence("must be one of %(choices)s", choices=", ".join(states)))
    terms, values = ["TRUE"], list[Any]()
    for name, column in _COLUMNS.items():
        if getattr(filters, name):
            terms.append(f"{column} = %s")
            values.append(getattr(filters, name))
    if states:
        terms.append("c.state = ANY(%s)")
        values.append(list(states))
    if filters.since:
        terms.append(f"{at} >= %s")
        values.append(midnight(filters.since))
    if filters.until:
        terms.append(f"{at} < %s")
        values.append(midnight(filters.until + timedelta(days=1)))
    return " AND ".join(terms), values


def midnight(day: date) -> datetime:
    """Return the first instant of a day of the brand."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone()))


def zone() -> str:
    """Return the time zone of the entered brand."""
    return entered_brand().timezone


def rows_of(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
