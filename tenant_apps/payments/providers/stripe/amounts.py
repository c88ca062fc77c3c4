"""Stripe counts a few currencies otherwise than ISO 4217 does."""

from kernel.currencies import exponent
from kernel.errors import InvalidInput
from kernel.sentences import sentence

# docs.stripe.com/currencies: amounts without decimals, and those it keeps with two although they have none.
_WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_TWO = frozenset({"ISK", "UGX"})


def to_stripe(amount_minor: int, currency: str) -> int:
    """Return our minor units as Stripe's; raise InvalidInput for a fraction Stripe cannot say."""
    shift = _stripe_exponent(currency) - exponent(currency)
    if shift >= 0:
        return int(amount_minor * 10**shift)
    whole, rest = divmod(amount_minor, 10**-shift)
    if rest:
        raise InvalidInput(
            field="amount_minor", message=sentence("%(currency)s is paid in whole units only.", currency=currency)
        )
    return int(whole)


def from_stripe(amount: int, currency: str) -> int:
    """Return Stripe's amount in our minor units; raise InvalidInput for a fraction the currency lacks."""
    shift = exponent(currency) - _stripe_exponent(currency)
    if shift >= 0:
        return int(amount * 10**shift)
    whole, rest = divmod(amount, 10**-shift)
    if rest:
        raise InvalidInput(field="amount", message=sentence("%(currency)s has no such fraction.", currency=currency))
    return int(whole)


def _stripe_exponent(currency: str) -> int:
    if currency in _WHOLE:
        return 0
    return 2 if currency in _TWO else exponent(currency)
