"""Figures, dates and sentences of a statement, in the reader's language."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, localcontext
from typing import Protocol

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_decimal, format_percent
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.errors import InvalidInput
from kernel.periods import period_of
from tenant_apps.commissions.queries import explained
from tenant_apps.settlements.documents.shape import Document, LinePart, PeriodPart
from tenant_apps.settlements.rules.calendar import read_label

MINUS = "−"
REASONS = {
    "no_rule": gettext_noop("No rule of the contract covers this product."),
    "no_contract": gettext_noop("No contract was in force for this currency."),
    "no_rate": gettext_noop("No exchange rate of its day was recorded."),
    "window_over": gettext_noop("The time in which this customer earns commission is over."),
    "unknown_fact": gettext_noop("A fact that the contract asks for is not known."),
    "cap": gettext_noop("The contract's cap for the period was reached."),
    "duplicate": gettext_noop("This sale was already credited."),
    "self_referral": gettext_noop("Own purchases earn no commission."),
    "refund": gettext_noop("The customer got money back."),
    "dispute": gettext_noop("The customer's bank disputes the payment."),
    "money_back": gettext_noop("The money stayed with the brand after all."),
    "kept_by_terms": gettext_noop("The contract leaves the commission to the partner."),
    "reattributed": gettext_noop("A later decision shares this sale otherwise."),
    "source_canceled": gettext_noop("The commission it is paid on was canceled."),
    "disputed": gettext_noop("Another partner claims this part."),
    "written_off": gettext_noop("It was written off."),
    "manual": gettext_noop("The brand wrote it by hand."),
}
VAT_REASONS = {
    "domestic": gettext_noop("VAT of %(rate)s is added; place of supply: %(place)s."),
    "reverse_charge": gettext_noop("Reverse charge: the recipient owes the VAT (%(law)s); place of supply: %(place)s."),
    "outside_scope": gettext_noop(
        "No VAT: supplied in %(place)s, outside the partner's country; reverse charge where the law there provides it."
    ),
    "small_business": gettext_noop("No VAT: the partner is exempt as a small business (%(law)s)."),
    "private": gettext_noop("No VAT: the partner does not act as a business."),
}
_WITHOUT_LAW = {
    "reverse_charge": gettext_noop("Reverse charge: the recipient owes the VAT; place of supply: %(place)s."),
    "small_business": gettext_noop("No VAT: the partner is exempt as a small business."),
}
# A country's law is cited in its own words; the Directive's are those of every language.
DIRECTIVES = (
    gettext_noop("Article 196 of Directive 2006/112/EC"), gettext_noop("Article 284 of Directive 2006/112/EC"),
)  # fmt: skip
ADJUSTMENTS = {
    "write_off": gettext_noop("Debt written off"),
    "manual": gettext_noop("Adjustment agreed on"),
    "vat_correction": gettext_noop("VAT of a corrected statement"),
    "payout_returned": gettext_noop("Came back of an earlier payout"),
    "set_off": gettext_noop("Debt set off between brands"),
}
# Lines that stand for no sale.
KINDS = {
    "bonus": gettext_noop("Bonus"),
    "true_up": gettext_noop("Tiers made true"),
    "manual": gettext_noop("Written by the brand"),
    "adjustment": gettext_noop("Part of a claim"),
}
# Steps that the columns of the table already say, or that only an auditor reads (the console has them).
_IN_COLUMNS = (
    "rule", "rule_skipped", "net", "net_of", "rate", "cost", "commission", "recruit_earned", "before_rounding", "due",
    "beside", "earned", "period", "revenue_before", "revenue_with", "revenue_kept", "count_with", "count_kept",
)  # fmt: skip


class Bounded(Protocol):
    """A period with its bounds."""

    @property
    def label(self) -> str:
        """Its label, such as 2026-W18: that of the whole period."""

    @property
    def starts_at(self) -> datetime:
        """Its first instant."""

    @property
    def ends_at(self) -> datetime:
        """The first instant after it."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A period told by its label and by the local days that it covers, the last one inside."""

    label: str
    first_on: date
    last_on: date

    @classmethod
    def frozen(cls, label: str, first_on: str, last_on: str) -> "Covered":
        """Return a period whose days were written down."""
        return cls(label, date.fromisoformat(first_on), date.fromisoformat(last_on))


class Wording:
    """Write the values of one snapshot: amounts of its currency, days of its language."""

    def __init__(self, *, language: str, currency: str, exponent: int) -> None:
        self.locale = Locale.parse(language.replace("-", "_"))
        self.currency, self.exponent = currency, exponent
        decimals = f".{'0' * exponent}" if exponent else ""
        self._pattern = f"#,##0{decimals}"

    def figure(self, minor: int) -> str:
        """Return an amount without its currency, always with all decimals, with a true minus sign."""
        sign, digits, _exponent = Decimal(minor).as_tuple()
        with localcontext(prec=len(digits) + 20):
            # Spanish and Polish leave a four-digit number ungrouped; in a column of amounts that misaligns.
            text = format_decimal(
                abs(Decimal((sign, digits, -self.exponent))), format=self._pattern, locale=self.locale
            )
        return f"{MINUS}{text}" if minor < 0 else text

    def money(self, minor: int) -> str:
        """Return an amount with its currency's code."""
        return f"{self.figure(minor)} {self.currency}"

    def percent(self, rate: str) -> str:
        """Return a rate such as "0.125" as "12.5 %"; an empty rate stays empty."""
        if not rate:
            return ""
        pattern = self.locale.percent_formats[None].pattern.replace("##0", "##0.######")
        with localcontext(prec=60):
            return format_percent(Decimal(rate), format=pattern, locale=self.locale)

    def day(self, iso: str) -> str:
        """Return a day as people of the language write it short."""
        return format_date(date.fromisoformat(iso), format="medium", locale=self.locale)

    def long_day(self, iso: str) -> str:
        """Return a day with the month's name."""
        return format_date(date.fromisoformat(iso), format="long", locale=self.locale)

    def country(self, code: str) -> str:
        """Return the country's name; an unknown code stays as it is."""
        return str(self.locale.territories.get(code, code))

    def period(self, period: PeriodPart) -> str:
        """Return what people call the period: a whole month by its name, any other by its days."""
        covered = Covered.frozen(period["label"], period["first_on"], period["last_on"])
        return _span(covered, self.locale)


def basis_of(line: LinePart) -> str:
    """Return the small print below a line: the reason it pays less or nothing, else how it was reached."""
    if line["reason"]:
        known = REASONS.get(line["reason"])
        return _(known) if known else line["reason"].replace("_", " ")
    parts = [_("Rule %(rule)s") % {"rule": line["rule"]}] if line["rule"] else []
    told = explained(step for step in line["steps"] if step["code"] not in _IN_COLUMNS)
    parts += [f"{step.label} {step.value}" for step in told]
    return " · ".join(parts)


def kind_name(kind: str) -> str:
    """Return what a line is that stands for no sale, in the language of the moment."""
    return _(KINDS[kind]) if kind in KINDS else ""


def vat_reason(document: Document, words: Wording) -> list[str]:
    """Return the sentence that says why there is VAT, or none, and by which law; nothing where that is not known."""
    treatment, law = document["vat_treatment"], document["vat_law"]
    told = VAT_REASONS.get(treatment) if law else _WITHOUT_LAW.get(treatment, VAT_REASONS.get(treatment))
    if not told:
        return []
    facts = {"rate": words.percent(document["vat_rate"]), "place": words.country(document["vat_place"])}
    return [_(told) % (facts | {"law": _(law) if law in DIRECTIVES else law})]


def period_text(period: str | Bounded | Covered, *, language: str) -> str:
    """Return "May 2026" for 2026-05 and the days of a half-month or a week; any other text stays as it is.

    A bare label names the whole period. One given with its bounds or its days is named by what it covers, which is
    less where a change of cadence cut it short: bounds are read in the zone of the moment, the brand's.
    """
    locale = Locale.parse(language.replace("-", "_"))
    if isinstance(period, Covered):
        return _span(period, locale)
    label = period if isinstance(period, str) else period.label
    try:
        cadence, inside = read_label(label)
    except InvalidInput:
        return label
    if isinstance(period, str):
        whole = period_of(cadence, inside, "UTC")
        return _span(Covered(label, whole.first_on, whole.last_on), locale)
    last = localtime(period.ends_at - timedelta(microseconds=1))
    return _span(Covered(label, localtime(period.starts_at).date(), last.date()), locale)


def _span(covered: Covered, locale: Locale) -> str:
    first, last = covered.first_on, covered.last_on
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if whole and covered.label == f"{first:%Y-%m}":
        text: str = format_skeleton("yMMMM", datetime.combine(first, time()), locale=locale)
    else:
        text = format_interval(first, last, "yMMMd", locale=locale)
    return text[:1].upper() + text[1:]
