from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.settlements.models import VatRate
from tenant_apps.settlements.rules.vat_rates import KNOWN_SINCE


@transaction.atomic
def say_vat_rate(*, country: str, rate: str, starts_on: date, source: str, actor: Actor, at: datetime) -> VatRate:
    """Say a country's standard rate of VAT from a day on: the closes that end on that day or later use it.

    What is settled stays as it is; a rate that was said wrongly is said again for the same day. Raises InvalidInput
    naming the field.
    """
    if len(country) != 2 or not country.isascii() or not country.isupper():
        raise InvalidInput(field="country", message="must be an ISO 3166 code such as DE")
    if starts_on < KNOWN_SINCE:
        raise InvalidInput(
            field="starts_on", message=sentence("must be %(known_since)s or later", known_since=KNOWN_SINCE)
        )
    said = VatRate.objects.create(
        country=country, rate=_share(rate), starts_on=starts_on, source=source.strip(), said_at=at, said_by=actor.id,
        said_by_label=actor.label,
    )  # fmt: skip
    after = {"country": country, "rate": str(said.rate), "starts_on": starts_on.isoformat(), "source": said.source}
    record(actor=actor, verb="vat_rate.said", subject=said, at=at, after=after)
    return said


def _share(rate: str) -> Decimal:
    try:
        share = Decimal(rate)
    except InvalidOperation as unread:
        raise InvalidInput(field="rate", message="must be a share such as 0.19") from unread
    exponent = share.as_tuple().exponent
    if not share.is_finite() or not 0 <= share <= 1 or (isinstance(exponent, int) and exponent < -6):
        raise InvalidInput(field="rate", message="must be a share from 0 to 1 with at most six decimals")
    return share
