"""What was really written in a time: what a simulation runs once more, and is held against."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.rules import Span
from tenant_apps.commissions.states import SOLD, CommissionState, Kind

_FOLLOWERS = (Kind.REVERSAL, Kind.CLAWBACK, Kind.REINSTATEMENT)


@dataclass(frozen=True, slots=True)
class Taken:
    """A line that took back of another or gave back to it, in the order in which they were written."""

    key: int
    original: int
    order_ref: str
    cause: str
    at: datetime
    amount_minor: int


def earnings_in(span: Span, deals: Collection[int], currencies: Collection[str]) -> QuerySet[Commission]:
    """Return the earnings of deals on sales of the span, as they were written.

    What a person canceled, and what a later decision gave to others, is not among them.
    """
    sold = _live(Commission.objects.filter(kind=Kind.EARNING, enrollment__in=deals, currency__in=currencies))
    return sold.filter(accrued_at__gte=span.start, accrued_at__lt=span.end).order_by("pk")


def currencies_sold_in(span: Span, deals: Collection[int]) -> set[str]:
    """Return the currencies in which deals earned anything on sales of the span."""
    sold = Commission.objects.filter(kind=Kind.EARNING, enrollment__in=deals)
    sold = sold.filter(accrued_at__gte=span.start, accrued_at__lt=span.end)
    return set(sold.values_list("currency", flat=True).distinct())


def originals_of_orders(order_refs: Collection[str], deals: Collection[int]) -> list[Commission]:
    """Return the earnings of deals on these orders and the levels paid on them, as they were written."""
    lines = _live(Commission.objects.filter(order_ref__in=order_refs))
    earned = Q(kind=Kind.EARNING, enrollment__in=deals)
    levels = Q(kind=Kind.LEVEL, period="") & (Q(enrollment__in=deals) | Q(derived_from__enrollment__in=deals))
    return list(lines.filter(earned | levels).select_related("enrollment").defer("explanation").order_by("pk"))


def taken_in(span: Span, *, after: int, until: int, order_refs: Collection[str] | None = None) -> list[Taken]:
    """Return what took back of earnings and levels in the span, with a key in `after < key <= until`."""
    lines = _live(Commission.objects.filter(kind__in=_FOLLOWERS, reverses__kind__in=SOLD), "reverses__")
    lines = lines.exclude(state=CommissionState.CANCELED).filter(pk__gt=after, pk__lte=until)
    lines = lines.filter(accrued_at__gte=span.start, accrued_at__lt=span.end)
    if order_refs is not None:
        lines = lines.filter(order_ref__in=order_refs)
    rows = lines.order_by("pk").values_list(
        "pk", "reverses_id", "order_ref", "cause_ref", "accrued_at", "amount_minor"
    )  # fmt: skip
    return [
        Taken(key, original or 0, order, cause.partition("#")[0], at, minor)
        for key, original, order, cause, at, minor in rows.iterator()
    ]


def taken_before(originals: Collection[int], instant: datetime) -> dict[int, int]:
    """Return what was taken back of lines (primary keys) before an instant, as a positive amount."""
    lines = Commission.objects.filter(reverses__in=originals, accrued_at__lt=instant)
    sums = lines.exclude(state=CommissionState.CANCELED).values_list("reverses_id").annotate(Sum("amount_minor"))
    return {original: -minor for original, minor in sums.order_by() if original}


def whole_periods_in(span: Span, deals: Collection[int], currencies: Collection[str]) -> list[dict[str, Any]]:
    """Return the true-ups and bonuses that were written in the span, without their long columns."""
    lines = Commission.objects.filter(kind__in=[Kind.TRUE_UP, Kind.BONUS], reverses=None, enrollment__in=deals)
    lines = lines.filter(currency__in=currencies, accrued_at__gte=span.start, accrued_at__lt=span.end)
    names = ("enrollment_id", "currency", "rule", "period", "accrued_at", "amount_minor", "state", "public_id")
    return list(lines.order_by("pk").values(*names))


def levels_on_true_ups_in(
    span: Span, deals: Collection[int], currencies: Collection[str], *, order_refs: Collection[str] | None = None
) -> list[Commission]:
    """Return the levels that deals were paid in the span on true-ups of those they recruited, oldest first."""
    lines = Commission.objects.filter(kind=Kind.LEVEL, enrollment__in=deals, currency__in=currencies)
    lines = lines.exclude(period="").exclude(state=CommissionState.CANCELED)
    lines = lines if order_refs is None else lines.filter(order_ref__in=order_refs)
    return list(lines.filter(accrued_at__gte=span.start, accrued_at__lt=span.end).order_by("pk"))


def last_key() -> int:
    """Return the primary key of the last line that was written."""
    return Commission.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _live(lines: QuerySet[Commission], of: str = "") -> QuerySet[Commission]:
    return lines.filter(**{f"{of}voided_by": ""}).exclude(**{f"{of}state": CommissionState.CANCELED})
