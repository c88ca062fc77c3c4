"""What the rows of a file mean at this brand: partners, offers and codes looked up, known rows recognised."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kernel.sentences import sentence
from shared_apps.brands.pseudonyms import pseudonym
from tenant_apps.attribution.queries.facts import known_imports
from tenant_apps.attribution.rules.imports import ConversionRow, TouchRow, touch_key
from tenant_apps.attribution.rules.sheets import Sheet
from tenant_apps.catalog.queries import currencies_of_prices, offers_by_slugs
from tenant_apps.orders.queries import orders_from
from tenant_apps.programs.queries import coupon_codes, enrollments_named

if TYPE_CHECKING:
    from tenant_apps.catalog.models import Offer
    from tenant_apps.orders.models import Order

NO_PARTNER = sentence("is no active enrollment and no active link of this brand")
LATER = sentence("lies in the future")
OTHER_SALE = sentence("was handled before, as another sale")
OTHER_TOUCH = sentence("was imported before, as another touch")


@dataclass(frozen=True, slots=True)
class Understood:
    """A row as it will be taken; a known one names what it became before."""

    external_id: str
    is_known: bool = False
    result_ref: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def understood_touches(source: str, sheet: Sheet[TouchRow], at: datetime) -> dict[int, Understood]:
    """Return what touches mean, and note in the sheet all that is wrong with them here."""
    rows = sheet.rows
    partners = enrollments_named({row.partner for row in rows.values()})
    known = known_imports(touch_key(source, row.external_id) for row in rows.values())
    found: dict[int, Understood] = {}
    for number, row in rows.items():
        enrollment, before = partners.get(row.partner.lower()), known.get(touch_key(source, row.external_id))
        sheet.note(number, "partner", "" if enrollment else NO_PARTNER)
        sheet.note(number, "at", LATER if row.at > at else "")
        if before and sheet.differs(
            number, (("partner",), enrollment and enrollment.pk, before.enrollment_id), (("at",), row.at, before.at),
            (("visitor",), row.visitor, before.visitor_ref), (("campaign",), row.campaign, before.campaign),
            (("email",), pseudonym(row.email), before.customer_key),
        ):  # fmt: skip
            sheet.note(number, "external_id", OTHER_TOUCH)
        if enrollment is None or sheet.has_mistakes(number):
            continue
        facts = {
            "enrollment": enrollment.public_id, "at": row.at.isoformat(), "email": row.email, "visitor": row.visitor,
            "campaign": row.campaign,
        }  # fmt: skip
        found[number] = Understood(row.external_id, before is not None, before.public_id if before else "", facts)
    return found


def understood_conversions(source: str, sheet: Sheet[ConversionRow], at: datetime) -> dict[int, Understood]:
    """Return what sales mean, and note in the sheet all that is wrong with them here."""
    rows = sheet.rows
    partners = enrollments_named({row.partner for row in rows.values()})
    offers = offers_by_slugs({row.offer for row in rows.values()})
    codes = coupon_codes({row.code for row in rows.values()})
    known = orders_from(source, (row.external_id for row in rows.values()))
    currencies = currencies_of_prices()
    found: dict[int, Understood] = {}
    for number, row in rows.items():
        offer, enrollment = offers.get(row.offer), partners.get(row.partner.lower())
        prices = {price.currency: price for price in offer.active_prices} if offer else {}  # type: ignore[attr-defined]
        price, before = prices.get(row.currency), known.get(row.external_id)
        wrong = {
            "offer": "" if offer else sentence("is no offer of this brand"),
            "currency": _without_price(offer, row.currency, prices or currencies),
            "partner": NO_PARTNER if row.partner and enrollment is None else "",
            "code": sentence("is no live coupon code") if row.code and row.code not in codes else "",
            "at": LATER if row.at > at else "",
        }
        for name, said in (wrong | (_other_sale(sheet, number, row, before) if before else {})).items():
            sheet.note(number, name, said)
        if price is None or sheet.has_mistakes(number):
            continue
        facts = {
            "at": row.at.isoformat(), "offer": row.offer, "quantity": row.quantity, "total_minor": row.total_minor,
            "currency": row.currency, "tax_rate": str(price.tax_rate), "cost_minor": price.cost_minor,
            "email": row.email, "name": row.name, "enrollment": enrollment.public_id if enrollment else "",
            "campaign": row.campaign, "code": row.code, "visitor": row.visitor, "fulfilled": row.fulfilled,
            "country": row.country, "metadata": row.metadata,
        }  # fmt: skip
        found[number] = Understood(row.external_id, before is not None, before.public_id if before else "", facts)
    return found


def _without_price(offer: "Offer | None", currency: str, priced: Collection[str]) -> str:
    """Return what is wrong with a currency; of an offer that nobody knows, where no offer has a price in it."""
    if currency in priced or not (offer or priced):
        return ""
    return sentence("has no price for this offer, only %(choices)s", choices=", ".join(sorted(priced)))


def _other_sale(sheet: Sheet[ConversionRow], number: int, row: ConversionRow, before: "Order") -> dict[str, str]:
    """Return by column where a row says otherwise than the sale that its id names here."""
    other = sheet.differs(
        number, (("amount", "currency"), row.total_minor, before.total_minor),
        (("currency",), row.currency, before.currency), (("email",), row.email, before.customer.email),
    )  # fmt: skip
    wrong = {"external_id": OTHER_SALE if other else ""}
    if row.country not in ("", before.country):
        wrong["country"] = OTHER_SALE
    if row.metadata:
        names = sorted(row.metadata.keys() | before.metadata.keys())
        others = [name for name in names if row.metadata.get(name) != before.metadata.get(name)]
        wrong |= {f"metadata.{name}": OTHER_SALE for name in others}
    return wrong
