"""Reading the conditions of a rule; what is not fully understood is refused by its path."""

import re

from kernel.payload import Payload
from kernel.sentences import sentence
from tenant_apps.commissions.rules.terms import Charge, Range, When

_COUNTRY = re.compile(r"[A-Z]{2}")
_RANGES = {"charge_number": 1, "customer_age_months": 0, "quantity": 1, "amount_minor": 0, "order_minor": 0}
_LISTS = ("product", "site", "campaign", "placement", "partner")


def parse_when(payload: Payload) -> When:
    """Read the conditions of a rule; every list names one value at least.

    Raises InvalidInput naming the field, such as `rules[0].when.max_quantity`.
    """
    bounds = [f"{end}_{name}" for name in _RANGES for end in ("min", "max")]
    payload.only(*_LISTS, "charge", "country", "metadata", *bounds)
    charge, metadata = payload.optional("charge"), payload.optional("metadata")
    return When(
        charge=charge.choice(Charge) if charge else Charge.ANY,
        country=_countries(payload),
        metadata=_metadata(metadata) if metadata else (),
        product=_names(payload, "product"),
        site=_names(payload, "site"),
        campaign=_names(payload, "campaign"),
        placement=_names(payload, "placement"),
        partner=_names(payload, "partner"),
        charge_number=_range(payload, "charge_number"),
        customer_age_months=_range(payload, "customer_age_months"),
        quantity=_range(payload, "quantity"),
        amount_minor=_range(payload, "amount_minor"),
        order_minor=_range(payload, "order_minor"),
    )


def bound_of(payload: Payload, name: str, *, at_least: int) -> int | None:
    """Return this whole number, None when it is absent."""
    found = payload.optional(name)
    return found.integer(at_least=at_least) if found else None


def country_of(payload: Payload) -> str:
    """Return this ISO 3166 code of two capital letters."""
    code = payload.text()
    if not _COUNTRY.fullmatch(code):
        raise payload.wrong("must be a country code of two capital letters, such as DE")
    return code


def _range(payload: Payload, name: str) -> Range:
    lowest, highest = (bound_of(payload, f"{end}_{name}", at_least=_RANGES[name]) for end in ("min", "max"))
    if lowest is not None and highest is not None and highest < lowest:
        raise payload.required(f"max_{name}").wrong(sentence("must not be below min_%(name)s", name=name))
    return Range(lowest, highest)


def _names(payload: Payload, name: str) -> tuple[str, ...] | None:
    found = payload.optional(name)
    # An empty list could be meant as "none" or as "any": such a rule is not guessed at.
    return tuple(item.text() for item in found.items(at_least=1)) if found else None


def _countries(payload: Payload) -> tuple[str, ...] | None:
    found = payload.optional("country")
    return tuple(country_of(item) for item in found.items(at_least=1)) if found else None


def _metadata(payload: Payload) -> tuple[tuple[str, tuple[str, ...]], ...]:
    fields = payload.fields()
    if not fields:
        raise payload.wrong("must not be empty")
    return tuple((key, tuple(item.text() for item in values.items(at_least=1))) for key, values in fields.items())
