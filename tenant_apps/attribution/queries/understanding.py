"""What the rows of a file mean at this brand: partners, offers and codes looked up, known rows recognised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kernel.sentences import sentence
from shared_apps.brands.pseudonyms import pseudonym
from tenant_apps.attribution.queries.facts import known_imports
from tenant_apps.attribution.rules.imports import ConversionRow, TouchRow, touch_key
from tenant_apps.attribution.rules.sheets import Errors, mistake, refuse
from tenant_apps.catalog.queries import offers_by_slugs
from tenant_apps.orders.queries import orders_from
from tenant_apps.programs.queries import coupon_codes, enrollments_named

NO_PARTNER = sentence("is no active enrollment and no active link of this brand")
OTHER_SALE = sentence("was handled before, as another sale")
OTHER_TOUCH = sentence("was imported before, as another touch")


@dataclass(frozen=True, slots=True)
class Understood:
    """A row as it will be taken; a known one names what it became before."""

    external_id: str
    is_known: bool = False
    result_ref: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def understood_touches(source: str, rows: Mapping[int, TouchRow], at: datetime) -> dict[int, Understood]:
    """Return what touches mean. Raises InvalidInput with every mistake by row and field."""
    partners = enrollments_named({row.partner for row in rows.values()})
    known = known_imports(touch_key(source, row.external_id) for row in rows.values())
    errors: Errors = []
    found: dict[int, Understood] = {}
    for number, row in rows.items():
        enrollment, before = partners.get(row.partner.lower()), known.get(touch_key(source, row.external_id))
        if enrollment is None:
            errors.append(mistake(number, "partner", NO_PARTNER))
            continue
        if row.at > at:
            errors.append(mistake(number, "at", "lies in the future"))
        said = (enrollment.pk, row.visitor, pseudonym(row.email), row.campaign, row.at)
        if before and said != (
            before.enrollment_id, before.visitor_ref, before.customer_key, before.campaign, before.at
        ):  # fmt: skip
            errors.append(mistake(number, "external_id", OTHER_TOUCH))
        facts = {
            "enrollment": enrollment.public_id, "at": row.at.isoformat(), "email": row.email, "visitor": row.visitor,
            "campaign": row.campaign,
        }  # fmt: skip
        found[number] = Understood(row.external_id, before is not None, before.public_id if before else "", facts)
    refuse(errors)
    return found


def understood_conversions(source: str, rows: Mapping[int, ConversionRow], at: datetime) -> dict[int, Understood]:
    """Return what sales mean. Raises InvalidInput with every mistake by row and field."""
    partners = enrollments_named({row.partner for row in rows.values()})
    offers = offers_by_slugs({row.offer for row in rows.values()})
    codes = coupon_codes({row.code for row in rows.values()})
    known = orders_from(source, (row.external_id for row in rows.values()))
    errors: Errors = []
    found: dict[int, Understood] = {}
    for number, row in rows.items():
        offer, enrollment = offers.get(row.offer), partners.get(row.partner.lower())
        prices = {price.currency: price for price in offer.active_prices} if offer else {}  # type: ignore[attr-defined]
        price = prices.get(row.currency)
        wrong = {
            "offer": "" if offer else sentence("is no offer of this brand"),
            "currency": ""
            if price or not offer
            else sentence("has no price for this offer, only %(choices)s", choices=", ".join(sorted(prices))),
            "partner": NO_PARTNER if row.partner and enrollment is None else "",
            "code": sentence("is no live coupon code") if row.code and row.code not in codes else "",
            "at": sentence("lies in the future") if row.at > at else "",
        }
        before = known.get(row.external_id)
        if before and (before.total_minor, before.currency, before.customer.email) != (
            row.total_minor, row.currency, row.email
        ):  # fmt: skip
            wrong["external_id"] = OTHER_SALE
        if before and row.country not in ("", before.country):
            wrong["country"] = OTHER_SALE
        if before and row.metadata:
            names = sorted(row.metadata.keys() | before.metadata.keys())
            others = [name for name in names if row.metadata.get(name) != before.metadata.get(name)]
            wrong |= {f"metadata.{name}": OTHER_SALE for name in others}
        errors += [mistake(number, name, said) for name, said in wrong.items() if said]
        if price is None:
            continue
        facts = {
            "at": row.at.isoformat(), "offer": row.offer, "quantity": row.quantity, "total_minor": row.total_minor,
            "currency": row.currency, "tax_rate": str(price.tax_rate), "cost_minor": price.cost_minor,
            "email": row.email, "name": row.name, "enrollment": enrollment.public_id if enrollment else "",
            "campaign": row.campaign, "code": row.code, "visitor": row.visitor, "fulfilled": row.fulfilled,
            "country": row.country, "metadata": row.metadata,
        }  # fmt: skip
        found[number] = Understood(row.external_id, before is not None, before.public_id if before else "", facts)
    refuse(errors)
    return found
