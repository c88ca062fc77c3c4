from dataclasses import dataclass

from tenant_apps.reports.queries.lines import LINES, rows_of, where, zone
from tenant_apps.reports.rules import OWED_STATES, Filters
from tenant_apps.reports.states import Dimension


@dataclass(frozen=True, slots=True)
class OwedTotal:
    """What is owed in one currency and state: the sum of so many lines."""

    currency: str
    state: str
    amount_minor: int
    lines: int


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A part of a total: the key to filter by, its name for people, and per currency and state the sum."""

    key: str
    label: str
    currency: str
    state: str
    amount_minor: int
    lines: int


# What a dimension groups by, and what its key is called.
_KEYS = {
    Dimension.STATE: ("c.state", "MAX(c.state)"),
    Dimension.PARTNER: ("c.partner_ref", "MAX(e.partner_name)"),
    Dimension.SITE: ("COALESCE(s.site_ref, '')", "MAX(COALESCE(t.name, ''))"),
    Dimension.CAMPAIGN: ("COALESCE(s.campaign, '')", "MAX(COALESCE(s.campaign, ''))"),
    Dimension.PLACEMENT: ("COALESCE(s.placement, '')", "MAX(COALESCE(s.placement, ''))"),
    Dimension.ROLE: ("e.role", "MAX(e.role)"),
    Dimension.PROGRAM: ("p.public_id", "MAX(p.name)"),
    Dimension.MONTH: ("to_char(c.accrued_at AT TIME ZONE %s, 'YYYY-MM')", "''"),
}


def owed(filters: Filters) -> list[OwedTotal]:
    """Return what is owed to partners per currency and state, reversals and clawbacks counted against it.

    Owed is what is pending, confirmed, on hold or payable; what was paid, canceled or refunded is not.
    Raises InvalidInput for another state.
    """
    condition, values = where(filters, states=OWED_STATES)
    sql = f"""SELECT c.currency, c.state, SUM(c.amount_minor)::bigint, COUNT(*) {LINES} WHERE {condition}
              GROUP BY c.currency, c.state ORDER BY c.currency, c.state"""
    return sorted(
        (OwedTotal(*row) for row in rows_of(sql, values)),
        key=lambda row: (row.currency, OWED_STATES.index(row.state)),
    )


def owed_by(dimension: Dimension, filters: Filters) -> list[OwedRow]:
    """Return the parts of `owed`, by one dimension: the same lines, so the same sum. Largest part first."""
    key, label = _KEYS[dimension]
    condition, values = where(filters, states=OWED_STATES)
    zones = [zone()] if dimension == Dimension.MONTH else []
    sql = f"""SELECT {key} AS part, {label}, c.currency, c.state, SUM(c.amount_minor)::bigint, COUNT(*)
              {LINES} WHERE {condition} GROUP BY part, c.currency, c.state
              ORDER BY c.currency, ABS(SUM(c.amount_minor)) DESC, part, c.state"""
    return [OwedRow(*row) for row in rows_of(sql, [*zones, *values])]


def owed_keys(filters: Filters, *, start: int, limit: int) -> list[int]:
    """Return the primary keys of the lines that `owed` sums up, newest first: where a total opens to its source."""
    condition, values = where(filters, states=OWED_STATES)
    sql = f"SELECT c.id {LINES} WHERE {condition} ORDER BY c.id DESC OFFSET %s LIMIT %s"
    return [key for (key,) in rows_of(sql, [*values, start, limit])]
