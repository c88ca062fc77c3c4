"""What a sale in another currency is worth under a contract: the rate of its day, or the one it was paid at before."""

from datetime import date, timedelta

from django.db.models import QuerySet

from tenant_apps.commissions.models import Commission, ExchangeRate
from tenant_apps.commissions.queries.sales import stored_exchange
from tenant_apps.commissions.rules import OLDEST_RATE_DAYS, Exchange
from tenant_apps.commissions.states import Kind


def exchange_rates() -> QuerySet[ExchangeRate]:
    """Return every recorded rate, the latest day first, of a day what was recorded last."""
    return ExchangeRate.objects.order_by("-day", "-pk")


def exchange_rate_by_ref(ref: str) -> ExchangeRate | None:
    """Return a recorded rate by its public id."""
    return ExchangeRate.objects.filter(public_id=ref).first()


def exchange_on(*, base: str, quote: str, day: date) -> Exchange | None:
    """Return the rate of a day, or the last of the week before it; None when none was recorded for these days."""
    found = exchange_rates().filter(
        base=base, quote=quote, day__lte=day, day__gte=day - timedelta(days=OLDEST_RATE_DAYS)
    )
    rate = found.first()
    return Exchange(rate.base, rate.quote, rate.rate, rate.day, rate.source) if rate else None


def exchange_of_order(order_ref: str, *, base: str, quote: str, day: date) -> Exchange | None:
    """Return the rate an order was paid at before, for a decision that shares it anew; else that of its day."""
    earlier = Commission.objects.filter(
        order_ref=order_ref, kind=Kind.EARNING, sale_currency=base, currency=quote, inputs__has_key="exchange"
    )
    line = earlier.order_by("pk").first()
    return stored_exchange(line) if line else exchange_on(base=base, quote=quote, day=day)
