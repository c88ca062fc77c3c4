"""VAT on commission: the partner supplies a service to the brand, and the law of both says who owes the tax.

A business's service to a business is supplied where the recipient is (Article 44 of Directive 2006/112/EC).
Where both are in one country the partner adds its VAT, unless that country's law exempts it as a small business.
Across a border into the EU the recipient owes it, wherever the partner is and however small (Article 196), if both
are known to be businesses: by their VAT numbers, of which a partner outside the EU has none. A small business of
another Member State without a number is exempt where it says so (Article 284). What is not known is never guessed:
no VAT, and flagged.
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
    if partner.country == place:
        return _domestic(partner, place, on, said)
    return Vat(_across(brand, partner), place=place)


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
    if partner.status == "small_business":
        return Vat(VatTreatment.SMALL_BUSINESS, place=place)
    if not partner.vat_id:
        return Vat(VatTreatment.VAT_ID_MISSING, place=place)
    rate = standard_rate(place, on, said)
    return Vat(VatTreatment.RATE_UNKNOWN, place=place) if rate is None else Vat(VatTreatment.DOMESTIC, rate, place)


def _across(brand: Taxable, partner: Taxable) -> VatTreatment:
    if brand.country not in EU:
        return VatTreatment.OUTSIDE_SCOPE
    if brand.vat_id and (partner.vat_id or partner.country not in EU):
        return VatTreatment.REVERSE_CHARGE
    if partner.status == "small_business" and partner.country in EU:
        return VatTreatment.SMALL_BUSINESS
    return VatTreatment.VAT_ID_MISSING
