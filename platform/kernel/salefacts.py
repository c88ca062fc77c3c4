"""Facts that are told beside a sale or a lead and that terms of partners may ask for: the country, texts by name."""

from collections.abc import Mapping

from kernel.countries import is_country
from kernel.sentences import sentence

MOST_METADATA, LONGEST_KEY, LONGEST_VALUE = 20, 40, 200


def wrong_facts(country: str, metadata: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what is wrong with such facts, as `{field, message}`; empty when nothing is. No country is not known."""
    errors = []
    if country and not is_country(country):
        errors.append({"field": "country", "message": "must be an ISO 3166 country code such as DE"})
    if len(metadata) > MOST_METADATA:
        errors.append(
            {"field": "metadata", "message": sentence("must have at most %(most)s entries", most=MOST_METADATA)}
        )
    for key, value in metadata.items():
        if said := wrong_entry(key, value):
            errors.append({"field": f"metadata.{key[:LONGEST_KEY]}", "message": said})
    return errors


def wrong_entry(key: str, value: str) -> str:
    """Return what is wrong with one text by its name; empty when nothing is."""
    if not 1 <= len(key.strip()) <= len(key) <= LONGEST_KEY or not 1 <= len(value) <= LONGEST_VALUE:
        return sentence(
            "needs a name of 1 to %(name)s and a value of 1 to %(most)s characters",
            name=LONGEST_KEY,
            most=LONGEST_VALUE,
        )
    return "" if (key + value).isprintable() else sentence("holds a character that is none")
