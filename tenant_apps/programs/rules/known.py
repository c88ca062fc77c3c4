"""What terms may name, and from when on they may begin: facts of the apps around, and how terms fit them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from kernel.sentences import sentence
from tenant_apps.programs.rules.terms import Terms

NAMED = {"product": "product", "site": "website", "campaign": "campaign", "partner": "partner"}


@dataclass(frozen=True, slots=True)
class Known:
    """What exists at this brand: codes of products, ids of websites and partners, campaigns, currencies of prices.

    `open_since` is when the books' open period began; None while no period was ever closed.
    """

    product: frozenset[str]
    site: frozenset[str]
    campaign: frozenset[str]
    partner: frozenset[str]
    currencies: frozenset[str]
    open_since: datetime | None


def named_in(document: dict[str, Any], condition: str) -> Iterator[tuple[str, str]]:
    """Yield each name that rules give as this condition, with the path to it."""
    for index, rule in enumerate(document["rules"]):
        for place, name in enumerate(rule.get("when", {}).get(condition, ())):
            yield f"rules[{index}].when.{condition}[{place}]", name


def unknown_in(terms: Terms, known: Known) -> list[dict[str, str]]:
    """Return what in the terms does not fit this brand, as `{field, message}`."""
    wrong = []
    if terms.currency not in known.currencies:
        sold = ", ".join(sorted(known.currencies))
        wrong.append(
            {
                "field": "currency",
                "message": sentence(
                    "no offer has a price in %(currency)s; there are %(sold)s", currency=terms.currency, sold=sold
                ),
            }
        )
    for condition, noun in NAMED.items():
        names: frozenset[str] = getattr(known, condition)
        for path, name in named_in(terms.document, condition):
            if name not in names:
                near = get_close_matches(name, names, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                wrong.append(
                    {
                        "field": path,
                        "message": sentence("there is no %(noun)s %(name)s%(hint)s", noun=noun, name=name, hint=hint),
                    }
                )
    if terms.starts_at and known.open_since and terms.starts_at < known.open_since:
        since = known.open_since
        wrong.append(
            {
                "field": "starts_at",
                "message": sentence("lies in a closed period; the books are open since %(since)s", since=since),
            }
        )
    return wrong
