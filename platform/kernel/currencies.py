"""The ISO 4217 codes that are or were legal tender, with their minor-unit exponents.

Past tender stays readable: a code that leaves circulation must not make old books
unreadable. Test codes, metals and funds (XTS, XAU, XDR) are no money.
"""

from functools import cache

import moneyed
from babel.core import get_global
from babel.numbers import get_currency_precision

from kernel.errors import InvalidInput
from kernel.sentences import sentence


@cache
def _exponents() -> dict[str, int]:
    tender = {
        code
        for history in get_global("territory_currencies").values()
        for code, _from, _until, is_tender in history
        if is_tender
    }
    return {code: _exponent_of(code) for code in tender}


def _exponent_of(code: str) -> int:
    # ISO's figure first: CLDR's is a display habit (0 for ALL, IQD or RSD).
    if code in moneyed.CURRENCIES:
        return len(str(moneyed.get_currency(code).sub_unit)) - 1
    return get_currency_precision(code)


def is_currency(code: object) -> bool:
    """Return whether `code` is an upper-case ISO 4217 code of legal tender."""
    return isinstance(code, str) and code in _exponents()


def exponent(code: str) -> int:
    """Return how many decimals the currency's minor unit has: JPY 0, EUR 2, KWD 3.

    Raises InvalidInput for an unknown code.
    """
    if not is_currency(code):
        raise InvalidInput(field="currency", message=sentence("unknown currency code %(code)s", code=repr(code)))
    return _exponents()[code]


def uneven_exponents() -> dict[str, int]:
    """Return the exponents of the currencies whose minor unit is not a hundredth: JPY 0, KWD 3."""
    return {code: places for code, places in sorted(_exponents().items()) if places != 2}
