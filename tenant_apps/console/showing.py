from decimal import Decimal
from fractions import Fraction

from babel import Locale
from babel.numbers import format_percent
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from kernel.money import Money
from shared_apps.accounts.state_words import state_text

CODES = {
    "asset": _("Asset"), "liability": _("Liability"), "revenue": _("Revenue"), "expense": _("Expense"),
    "write_off": _("Write-off"), "vat_correction": _("Correction of VAT"), "payout_returned": _("Payout came back"),
    "set_off": _("Debt set off"), "added": _("New term"), "removed": _("Term gone"), "moved": _("Term moved"),
    "changed": _("Term changed"),
    "service": _("Service"), "digital": _("Digital product"), "consulted": _("Consultation"),
    "downloadable": _("Download"), "license_key": _("License key"), "touches": _("Touches"),
    "conversions": _("Conversions"), "refunds": _("Refunds"), "commissions": _("Commissions"),
    "transfers": _("Transfers of the ledger"), "settlements": _("Settlements"), "attributions": _("Attributions"),
    "statement_lines": _("Lines of statements"), "orders": _("Orders"), "simulation": _("Simulation"),
    "operator": _("operator"), "provider": _("provider"), "partner": _("partner"), "storefront": _("the shop"),
    "sepa": "SEPA", "csv": "CSV", "xlsx": "Excel (XLSX)", "json": "JSON", "stripe": "Stripe", "api": "API",
}  # fmt: skip
"""What is no state, but stands in lists as a word: kinds of accounts, products and files, methods, origins."""
_WORDS = {
    "warning": (
        "hearing queued running partly pending placed new open created unknown requested draft waiting hold parked "
        "stored proposed moved submitted"
    ),
    "info": "confirmed opened contacted approved issued in_transit carried accepted recorded",
    "success": (
        "decided payable paid fulfilled won active succeeded published done applied closed effective added qualified"
    ),
    "danger": "rejected refunded canceled failed lost dead clawback refused partly_refunded expired declined removed",
}
TONES = {tone: frozenset(words.split()) for tone, words in _WORDS.items()}


def tone_of(state: str) -> str:
    """Return the colour a state is shown in."""
    return next((tone for tone, states in TONES.items() if str(state) in states), "default")


def chip(state: str, noun: str = "") -> SafeString:
    """Show a state of a noun as a chip; the word stands in it, colour is never the only sign."""
    return format_html('<span class="tb-chip tb-{}">{}</span>', tone_of(state), word_of(str(state), noun))


def word_of(state: str, noun: str = "") -> str:
    """Return the word people read for a state or a code, agreeing with the noun of what it is said of."""
    if said := CODES.get(state.lower().replace(" ", "_")):
        return gettext(said)
    return state_text(state, noun).replace("_", " ")


def amount(minor: int | None, currency: str) -> SafeString:
    """Show an amount with its currency, right-aligned in tabular figures."""
    if minor is None:
        return format_html("{}", "–")
    shown = Money(minor, currency).format(get_language() or "en")
    return format_html('<span class="tb-money{}">{}</span>', " tb-negative" if minor < 0 else "", shown)


def part_text(text: str) -> str:
    """Show an exact part of the whole, such as 1/2, as people read it: 50 %."""
    part = Fraction(text)
    shown = Decimal(part.numerator) / Decimal(part.denominator)
    return _percent(shown, "0.##")


def percent_text(share: Decimal) -> str:
    """Show a share such as 0.255 as people read it: 25.5 %."""
    return _percent(share, "0.####")


def _percent(share: Decimal, decimals: str) -> str:
    locale = Locale.parse((get_language() or "en").replace("-", "_"))
    pattern = locale.percent_formats[None].pattern.replace("0", decimals)
    return str(format_percent(share, format=pattern, locale=locale))


def reference(model_name: str, pk: object, text: str) -> SafeString:
    """Link to an object's page in the console; plain text where there is no such object."""
    if pk is None:
        return format_html("{}", text or "–")
    return format_html('<a class="tb-link" href="{}">{}</a>', reverse(f"admin:{model_name}_change", args=[pk]), text)
