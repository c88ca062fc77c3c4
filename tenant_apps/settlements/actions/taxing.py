from datetime import date, datetime

from django.db import connection, transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.brands.entering import entered_brand
from tenant_apps.settlements.errors import VatRateEnded, VatRateOverlaps
from tenant_apps.settlements.models import VatRate, VatRateEnd
from tenant_apps.settlements.queries import said_rates
from tenant_apps.settlements.rules.tax import typed_share
from tenant_apps.settlements.rules.vat_rates import KNOWN_SINCE, in_the_way

LAWS_AHEAD_YEARS = 10


@transaction.atomic
def say_vat_rate(*, country: str, rate: str, starts_on: date, source: str, actor: Actor, at: datetime) -> VatRate:
    """Say a country's standard rate of VAT from a day on: the closes that end on that day or later use it.

    What is settled stays as it is. Raises InvalidInput naming the field, and VatRateOverlaps where another rate that
    was said for the country would hold beside it: that one is ended first, a wrong one on its own first day.
    """
    if len(country) != 2 or not country.isascii() or not country.isupper():
        raise InvalidInput(field="country", message="must be an ISO 3166 code such as DE")
    if starts_on < KNOWN_SINCE:
        raise InvalidInput(
            field="starts_on", message=sentence("must be %(known_since)s or later", known_since=KNOWN_SINCE)
        )
    _refuse_far("starts_on", starts_on, at)
    share = typed_share(rate, field="rate")
    if not 0 < len(source.strip()) <= 200:
        raise InvalidInput(field="source", message="must have 1 to 200 characters")
    _one_at_a_time()
    other = in_the_way(country, starts_on, said_rates())
    if other is not None:
        told = sentence(
            "%(country)s has %(rate)s from %(since)s on; end that first.", country=country,
            rate=f"{other.rate.normalize():f}", since=other.starts_on,
        )  # fmt: skip
        raise VatRateOverlaps(told, field="starts_on")
    said = VatRate.objects.create(
        country=country, rate=share, starts_on=starts_on, source=source.strip(), said_at=at, said_by=actor.id,
        said_by_label=actor.label,
    )  # fmt: skip
    after = {"country": country, "rate": str(said.rate), "starts_on": starts_on.isoformat(), "source": said.source}
    record(actor=actor, verb="vat_rate.said", subject=said, at=at, after=after)
    return said


@transaction.atomic
def end_vat_rate(*, rate: VatRate, ends_on: date, actor: Actor, at: datetime) -> VatRate:
    """Say from which day on a rate no longer holds; on its own first day it is taken back as if never said.

    From then on the built-in table counts, until another is said. Raises InvalidInput (ends_on), VatRateEnded.
    """
    _one_at_a_time()
    ended = VatRateEnd.objects.filter(rate=rate).first()
    if ended is not None:
        raise VatRateEnded(sentence("It ended on %(day)s.", day=ended.ends_on))
    if ends_on < rate.starts_on:
        raise InvalidInput(
            field="ends_on", message=sentence("must be %(known_since)s or later", known_since=rate.starts_on)
        )
    _refuse_far("ends_on", ends_on, at)
    VatRateEnd.objects.create(rate=rate, ends_on=ends_on, said_at=at, said_by=actor.id, said_by_label=actor.label)
    record(actor=actor, verb="vat_rate.ended", subject=rate, at=at, after={"ends_on": ends_on.isoformat()})
    return VatRate.objects.select_related("end").get(pk=rate.pk)


def _refuse_far(field: str, day: date, at: datetime) -> None:
    """Refuse a day beyond any law that is made: a slip of the keyboard, which would hold for ever."""
    last = at.year + LAWS_AHEAD_YEARS
    if day.year > last:
        years = {"first_year": KNOWN_SINCE.year, "last_year": last}
        raise InvalidInput(field=field, message=sentence("must lie between %(first_year)s and %(last_year)s", **years))


def _one_at_a_time() -> None:
    """Let nobody else say a rate of this brand until the transaction ends: two that overlap would both look free."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{entered_brand().schema_name}:vat_rates"]
        )
