from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Sum
from django.db.models.functions import TruncDay

from tenant_apps.commissions.queries import all_commissions
from tenant_apps.commissions.states import CommissionState
from tenant_apps.settlements.calendar import brand_calendar, brand_zone
from tenant_apps.settlements.queries.settling import closed_until
from tenant_apps.settlements.rules.calendar import label_of

AWAITED = (CommissionState.PENDING, CommissionState.CONFIRMED, CommissionState.HOLD)


@dataclass(frozen=True, slots=True)
class Expected:
    """What lines that are not payable yet come to: in which period, from `starts_at` until it closes at `closes_at`.

    A confirmed sum is only waiting for its hold to end; a pending one for the delivery, too; one on hold has no
    date, so its label is empty.
    """

    currency: str
    state: str
    label: str
    starts_at: datetime | None
    closes_at: datetime | None
    amount_minor: int
    lines: int


def forecast_of(partner_ref: str, at: datetime) -> list[Expected]:
    """Return what a partner may expect of lines that are not payable yet, the earliest first.

    Before tax, reserve and debts, and only as the lines stand now; in a fixed number of queries.
    """
    calendar, earliest = brand_calendar(), max(closed_until() or at, at)
    waiting = all_commissions().filter(partner_ref=partner_ref, state__in=AWAITED).order_by()
    by_day = waiting.annotate(day=TruncDay("matures_at", tzinfo=ZoneInfo(brand_zone()))).values(
        "currency", "state", "day"
    )
    found: dict[tuple[str, str, str], Expected] = {}
    for row in by_day.annotate(total=Sum("amount_minor"), count=Count("pk"), last=Max("matures_at")):
        span = None if row["state"] == CommissionState.HOLD else calendar.period_at(max(row["last"], earliest))
        label = label_of(span) if span else ""
        key = (row["currency"], row["state"], label)
        before = found.get(key)
        found[key] = Expected(
            row["currency"], row["state"], label, span.start if span else None, span.end if span else None,
            row["total"] + (before.amount_minor if before else 0), row["count"] + (before.lines if before else 0),
        )  # fmt: skip
    undated = datetime.max.replace(tzinfo=ZoneInfo("UTC"))
    return sorted(found.values(), key=lambda each: (each.currency, each.closes_at or undated, each.state))
