from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.brands.entering import entered_brand
from tenant_apps.commissions.models import ExchangeRate

MOST_DECIMALS = 10
LONGEST_SOURCE = 80
FIRST_YEAR = 2000


@transaction.atomic
def record_exchange_rate(
    *, base: str, quote: str, rate: Decimal, day: date, source: str, actor: Actor, at: datetime
) -> ExchangeRate:
    """Record what one unit of `base` was worth in `quote` on a day of the brand's zone; it never changes.

    A rate recorded again goes before the earlier one for what is accrued from now on; what was paid keeps its own.
    Raises InvalidInput naming each wrong field.
    """
    wrong = [
        {"field": name, "message": "is no currency code of ISO 4217"}
        for name, code in (("base", base), ("quote", quote))
        if not _is_currency(code)
    ]
    if base == quote:
        wrong.append({"field": "quote", "message": "must be another currency than base"})
    if not rate.is_finite() or not 0 < rate < 10**9 or -int(rate.normalize().as_tuple().exponent) > MOST_DECIMALS:
        wrong.append(
            {
                "field": "rate",
                "message": sentence(
                    "must be above 0, below 10^9, with %(most_decimals)s decimals at most", most_decimals=MOST_DECIMALS
                ),
            }
        )
    if day > at.astimezone(ZoneInfo(entered_brand().timezone)).date():
        wrong.append({"field": "day", "message": "lies in the future"})
    elif day.year < FIRST_YEAR:
        told = sentence("must lie between %(first_year)s and %(last_year)s", first_year=FIRST_YEAR, last_year=at.year)
        wrong.append({"field": "day", "message": told})
    if not 0 < len(source.strip()) <= LONGEST_SOURCE:
        wrong.append(
            {
                "field": "source",
                "message": sentence("must have 1 to %(most)s characters", most=LONGEST_SOURCE),
            }
        )
    if wrong:
        raise InvalidInput(errors=wrong)
    recorded = ExchangeRate.objects.create(
        base=base, quote=quote, rate=rate, day=day, source=source.strip(), entered_by=actor.label, recorded_at=at
    )
    record(
        actor=actor, verb="exchange_rate.recorded", subject=recorded, at=at,
        after={"base": base, "quote": quote, "rate": str(rate), "day": day.isoformat(), "source": source.strip()},
    )  # fmt: skip
    return recorded


def _is_currency(code: str) -> bool:
    try:
        Money.zero(code)
    except (InvalidInput, ValueError):
        return False
    return True
