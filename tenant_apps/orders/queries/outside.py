"""Refunds that another system paid, and the days on which it can have."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared_apps.brands.entering import entered_brand
from tenant_apps.orders.models import Order, OutsideRefund
from tenant_apps.orders.rules import wrong_day


def outside_refunds_from(source: str, external_ids: Iterable[str]) -> dict[str, OutsideRefund]:
    """Return the refunds that one source told, by their id there: one query."""
    refunds = OutsideRefund.objects.select_related("order").filter(source=source, external_id__in=list(external_ids))
    return {refund.external_id: refund for refund in refunds}


def outside_refunds_by_refs(refs: Iterable[str]) -> dict[str, OutsideRefund]:
    """Return refunds that were paid elsewhere, with their orders, by public id: one query."""
    refunds = OutsideRefund.objects.select_related("order").filter(public_id__in=list(refs))
    return {refund.public_id: refund for refund in refunds}


def wrong_refund_day(order: Order | None, refunded_on: date, at: datetime) -> str:
    """Return why money of an order cannot have gone back on a day, by the brand's calendar; empty when it can.

    Of an order that is not known only the day itself is looked at.
    """
    zone = ZoneInfo(entered_brand().timezone)
    sold_on = order.placed_at.astimezone(zone).date() if order else date.min
    return wrong_day(refunded_on, sold_on=sold_on, today=at.astimezone(zone).date())
