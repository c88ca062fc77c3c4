"""What deals and partners had when a time began: where a simulation of that time sets out."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries.progress import counted_lines, give_back, grouped, within
from tenant_apps.commissions.rules import Counted, Span, Standing
from tenant_apps.commissions.states import RULED, CommissionState, Kind
from tenant_apps.orders.queries import orders_of_customers


def standing_before(*, enrollment_id: int, currency: str, span: Span) -> Standing:
    """Return what a deal sold, kept and was paid before the span, in the periods that reach into it."""
    standing = Standing()
    for window in span.begun_before():
        lines = counted_lines(enrollment_id, currency).filter(within(window), accrued_at__lt=span.start)
        keys = lines.exclude(contract_version=None).values_list("contract_version_id", flat=True)
        standing.versions[window.key].update(key for key in keys.distinct() if key)
        sold = lines.exclude(rule="")
        for rule, version, share, net, count in grouped(sold):
            standing.count((rule, window.key), version or 0, Fraction(share), net, count)
        give_back(sold, partial(_kept, standing, window.key), before=span.start)
        booked = _with_originals(enrollment_id=enrollment_id, currency=currency).filter(accrued_at__lt=span.start)
        whole = Q(of_kind__in=[Kind.TRUE_UP, Kind.BONUS], of_period=window.key)
        earned = Q(of_kind=Kind.EARNING) & within(window, "counted_at") & ~Q(state=CommissionState.CANCELED)
        for rule, version, minor in _summed(booked.filter(earned | whole), "of_rule", "of_version"):
            standing.booked[rule, window.key][version or 0] += minor
        for rule, minor in _summed(_ruled(booked).filter(within(window, "counted_at")), "of_rule"):
            standing.paid[rule, window.key] += minor
    return standing


def purse_before(*, partner_ref: str, currency: str, span: Span) -> dict[str, int]:
    """Return what caps per partner counted before the span, by the name of the period."""
    lines = _ruled(_with_originals(partner_ref=partner_ref, currency=currency).filter(accrued_at__lt=span.start))
    return {
        window.key: lines.filter(within(window, "counted_at")).aggregate(minor=Sum("amount_minor", default=0))["minor"]
        for window in span.begun_before()
    }


def paid_for_customers(
    *, enrollment_id: int, currency: str, span: Span, customers: Iterable[int]
) -> Iterator[tuple[str, str, int, int]]:
    """Yield rule, period, customer and minor units that a deal was paid for customers' orders before the span."""
    orders = orders_of_customers(customers)
    lines = _ruled(_with_originals(enrollment_id=enrollment_id, currency=currency))
    booked = lines.filter(accrued_at__lt=span.start, order_ref__in=list(orders))
    for window in span.begun_before():
        for rule, order, minor in _summed(booked.filter(within(window, "counted_at")), "of_rule", "order_ref"):
            yield rule, window.key, orders[order], minor


def _kept(standing: Standing, period: str, rule: str, version: int | None) -> Counted:
    return standing.kept[rule, period][version]


def _with_originals(**of: Any) -> QuerySet[Any]:
    return Commission.objects.filter(**of).annotate(
        of_kind=Coalesce("reverses__kind", "kind"), of_rule=Coalesce("reverses__rule", "rule"),
        of_version=Coalesce("reverses__contract_version", "contract_version"),
        of_period=Coalesce("reverses__period", "period"), counted_at=Coalesce("reverses__accrued_at", "accrued_at"),
    )  # fmt: skip


def _ruled(lines: QuerySet[Any]) -> QuerySet[Any]:
    return lines.exclude(state=CommissionState.CANCELED).filter(of_kind__in=RULED)


def _summed(lines: QuerySet[Any], *by: str) -> Iterator[tuple[Any, ...]]:
    yield from lines.values_list(*by).annotate(minor=Sum("amount_minor")).order_by().iterator()
