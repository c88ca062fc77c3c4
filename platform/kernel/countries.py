"""The countries of ISO 3166-1 by their two letters, and their names in a reader's language (CLDR)."""

from functools import cache

from babel import Locale

# In CLDR, but no country: unions, unknown and test regions, codes that ISO only keeps free for others.
_NOT = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


def is_country(code: object) -> bool:
    """Return whether `code` is two capital letters that name a country; Kosovo's XK is one, as everywhere."""
    return isinstance(code, str) and code in _names("en")


def country_name(code: str, language: str) -> str:
    """Return a country in a language such as `ko` or `es-MX`; an unknown code stays as it is."""
    return _names(language).get(code, code)


def named_countries(language: str) -> list[tuple[str, str]]:
    """Return every country as (code, name), sorted by name: the choices of a form."""
    return sorted(_names(language).items(), key=lambda each: each[1])


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale.parse(language.replace("-", "_")).territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in _NOT}
