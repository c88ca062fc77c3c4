"""Kinds as templates of capabilities, and what a price may be."""

from decimal import Decimal
from enum import StrEnum

from kernel.currencies import is_currency

LARGEST_MINOR = 10**15


class Capability(StrEnum):
    """What a product can do; code asks for a capability, never for a kind."""

    STOCKED = "stocked"
    SHIPPABLE = "shippable"
    BOOKABLE = "bookable"
    DOWNLOADABLE = "downloadable"
    LICENSE_KEY = "license_key"
    SUBSCRIBED = "subscribed"
    METERED = "metered"
    CONSULTED = "consulted"
    BUNDLED = "bundled"
    THIRD_PARTY = "third_party"


KINDS: dict[str, tuple[Capability, ...]] = {
    "service": (Capability.CONSULTED,),
    "digital": (Capability.DOWNLOADABLE, Capability.LICENSE_KEY),
}


def capabilities_of(kind: str) -> list[str]:
    """Return the capabilities that a kind seeds; raises KeyError for a kind that is none."""
    return [str(capability) for capability in KINDS[kind]]


def wrong_price(*, currency: str, amount_minor: int, cost_minor: int, tax_rate: Decimal) -> list[dict[str, str]]:
    """Return what is wrong with a price, as `{field, message}`; an empty list when nothing is."""
    errors = []
    if not is_currency(currency):
        errors.append({"field": "currency", "message": "must be an ISO 4217 currency code"})
    if not 0 < amount_minor <= LARGEST_MINOR:
        errors.append({"field": "amount_minor", "message": "must be more than nothing"})
    if not 0 <= cost_minor <= LARGEST_MINOR:
        errors.append({"field": "cost_minor", "message": "must not be below zero"})
    if not (tax_rate.is_finite() and 0 <= tax_rate < 1 and tax_rate == round(tax_rate, 4)):
        errors.append({"field": "tax_rate", "message": "must be from 0 to below 1, with at most four decimals"})
    return errors
