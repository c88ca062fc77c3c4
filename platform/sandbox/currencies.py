"""Amounts are integers in the currency's smallest unit, with Stripe's exceptions."""

from __future__ import annotations

from .errors import ApiError


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


ZERO_DECIMAL = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# Stripe keeps two decimals for these but accepts no fraction in them.
WHOLE_ONLY = frozenset(["isk", "ugx"])
TWO_DECIMAL = _codes(
    """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf
    cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils
    inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn
    nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd
    std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd yer zar zmw
    """
)
SUPPORTED = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL
MAX_AMOUNT = 99_999_999
# The least that Stripe charges, where it publishes one, in minor units.
MINIMUM = {
    "usd": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "eur": 50, "nzd": 50, "sgd": 50,
    "gbp": 30, "jpy": 50, "mxn": 1000, "nok": 300, "sek": 300, "dkk": 250, "hkd": 400,
    "pln": 200, "czk": 1500, "huf": 17500, "myr": 200, "ron": 200, "thb": 1000, "aed": 200,
}  # fmt: skip


def known(currency: str, param: str = "currency") -> str:
    """Return the lower-case code; raise when Stripe does not take this currency."""
    code = currency.lower()
    if code not in SUPPORTED:
        raise ApiError(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            + ", ".join(sorted(SUPPORTED)),
            param=param,
        )
    return code


def exponent(currency: str) -> int:
    """Return the number of decimals: 0 for KRW, 2 for EUR, 3 for KWD."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def chargeable(amount: int, currency: str, param: str = "amount") -> int:
    """Return the amount if Stripe would charge it in this currency; raise if not."""
    if amount < 1:
        raise ApiError(
            "This value must be greater than or equal to 1.",
            param=param,
            code="parameter_invalid_integer",
        )
    if amount > MAX_AMOUNT:
        raise ApiError(
            f"Amount must be no more than {shown(MAX_AMOUNT, currency)}",
            param=param,
            code="amount_too_large",
        )
    if amount < MINIMUM.get(currency, 1):
        raise ApiError(
            f"Amount must be at least {shown(MINIMUM[currency], currency)}",
            param=param,
            code="amount_too_small",
        )
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_ONLY else 1
    if amount % step:
        raise ApiError(
            f"Invalid amount: {currency.upper()} amounts must be a multiple of {step}.",
            param=param,
            code="invalid_amount",
        )
    return amount


def shown(amount: int, currency: str) -> str:
    """Return the amount for people, e.g. `€1,234.50` or `₩12,000`."""
    places = exponent(currency)
    sign = "-" if amount < 0 else ""
    major, minor = divmod(abs(amount), 10**places)
    number = f"{major:,}" + (f".{minor:0{places}d}" if places else "")
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number}\u00a0{currency.upper()}"


_SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£", "krw": "₩", "jpy": "¥"}
