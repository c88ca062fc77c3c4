"""Stored steps in the reader's words: labels, amounts, rates and days as the language writes them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel.money import Money
from tenant_apps.commissions.rules import STEPS, WHYS, WORDED, WORDS

_AMOUNT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{3})")
_AMOUNTS = ("amount", "used", "lower", "gross", "discount", "tax")


@dataclass(frozen=True, slots=True)
class Told:
    """A step as a person reads it."""

    label: str
    value: str


def explained(steps: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Return stored steps in the reader's language; the last one is the result."""
    told = []
    for step in steps:
        label, value = STEPS[step["code"]]
        facts = {name: _fact(name, fact) for name, fact in step["facts"].items()}
        told.append(Told(_(label) % facts, _(value) % facts))
    return told


def percent_text(rate: Decimal) -> str:
    """Return a rate as a percentage, with the decimals it has, at most six."""
    locale = _locale()
    pattern = locale.percent_formats[None].pattern.replace("##0", "##0.######")
    return str(format_percent(rate, format=pattern, locale=locale))


def _fact(name: str, fact: Any) -> str:
    if name == "why":
        return _(WHYS[fact["code"]]) % {inner: _fact(inner, value) for inner, value in fact["facts"].items()}
    if name in WORDED:
        return _(WORDS[fact])
    if name == "rate":
        return percent_text(Decimal(fact))
    if name == "units":
        return format_decimal(Decimal(fact), format="#,##0.##########", locale=_locale())
    if name == "day":
        return format_date(date.fromisoformat(fact), format="medium", locale=_locale())
    if name == "at":
        return formats.date_format(timezone.localtime(datetime.fromisoformat(fact)), "DATETIME_FORMAT")
    if name in _AMOUNTS:
        return _AMOUNT.sub(_amount, str(fact))
    return ", ".join(fact) if isinstance(fact, list) else str(fact)


def _amount(found: re.Match[str]) -> str:
    """Write an amount; one before rounding has more decimals than money has, and keeps them all."""
    decimals = len(found[1].partition(".")[2])
    if decimals > Money.zero(found[2]).exponent:
        pattern = re.sub(r"\.0+", ".00########", _locale().currency_formats["standard"].pattern)
        return str(
            format_currency(Decimal(found[1]), found[2], format=pattern, locale=_locale(), currency_digits=False)
        )
    return Money.parse_decimal(found[1], found[2]).format(get_language() or "en")


def _locale() -> Locale:
    return Locale.parse((get_language() or "en").replace("-", "_"))
