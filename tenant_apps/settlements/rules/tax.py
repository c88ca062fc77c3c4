"""VAT on commission: the partner supplies a service to the brand, and the law of both says who owes the tax.

A business's service to a business is supplied where the recipient is (Article 44 of Directive 2006/112/EC).
Where both are in one country the partner adds its VAT; across borders within the EU the recipient owes it
(Article 196). What is not known is never guessed: no VAT, and flagged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from kernel.errors import InvalidInput
from kernel.rates import round_half_away
from tenant_apps.settlements.rules.vat_rates import EU, Said, standard_rate
from tenant_apps.settlements.states import VatTreatment


@dataclass(frozen=True, slots=True)
class Taxable:
    """One side of a supply: ISO country, VAT number, and (of a partner) registered, small_business or private."""

    country: str
    vat_id: str = ""
    status: str = "registered"


@dataclass(frozen=True, slots=True)
class Vat:
    """How a supply is taxed: the rate is 0 unless it is domestic; `place` is the country of supply or empty."""

    treatment: VatTreatment
    rate: Decimal = Decimal(0)
    place: str = ""


def vat_on_commission(*, brand: Taxable, partner: Taxable, on: date, said: Iterable[Said] = ()) -> Vat:
    """Return how a partner's commission is taxed that was supplied to a brand on a day; `said` are operators' rates."""
    place = brand.country
    if partner.status == "private":
        return Vat(VatTreatment.PRIVATE)
    if partner.status not in ("registered", "small_business") or not partner.country:
        return Vat(VatTreatment.STATUS_UNKNOWN)
    if not place:
        return Vat(VatTreatment.BRAND_UNKNOWN)
    if partner.status == "small_business":
        return Vat(VatTreatment.SMALL_BUSINESS, place=place)
    if partner.country == place:
        return _domestic(partner, place, on, said)
    if partner.country in EU and place in EU:
        known = partner.vat_id and brand.vat_id
        return Vat(VatTreatment.REVERSE_CHARGE if known else VatTreatment.VAT_ID_MISSING, place=place)
    return Vat(VatTreatment.OUTSIDE_SCOPE, place=place)


def typed_share(text: str, *, field: str) -> Decimal:
    """Return a rate that was typed as a share such as 0.19; raises InvalidInput naming the field."""
    try:
        share = Decimal(text)
    except InvalidOperation as unread:
        raise InvalidInput(field=field, message="must be a share such as 0.19") from unread
    exponent = share.as_tuple().exponent
    if not share.is_finite() or not 0 <= share <= 1 or (isinstance(exponent, int) and exponent < -6):
        raise InvalidInput(field=field, message="must be a share from 0 to 1 with at most six decimals")
    return share


def tax_on(parts: Iterable[tuple[int, Decimal]]) -> int:
    """Return the tax on amounts in minor units, each at its own rate: summed exactly, rounded once.

    What is taken back of an earlier settlement has that settlement's rate, so a sale and its refund come to
    nothing also where the partner's status changed between.
    """
    return round_half_away(sum((Fraction(minor) * Fraction(rate) for minor, rate in parts), Fraction(0)))


def _domestic(partner: Taxable, place: str, on: date, said: Iterable[Said]) -> Vat:
    if not partner.vat_id:
        return Vat(VatTreatment.VAT_ID_MISSING, place=place)
    rate = standard_rate(place, on, said)
    return Vat(VatTreatment.RATE_UNKNOWN, place=place) if rate is None else Vat(VatTreatment.DOMESTIC, rate, place)
