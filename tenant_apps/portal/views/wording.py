"""How the portal says amounts, months, steps, reasons and verdicts, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from kernel.money import Money
from tenant_apps.commissions.queries import explained
from tenant_apps.settlements.documents import Bounded, Covered, period_text

REASONS = {
    "no_rule": gettext_noop("No rule of your contract covers this product, so it is held and looked at."),
    "no_contract": gettext_noop("No contract was in force for this currency, so it is held and looked at."),
    "no_rate": gettext_noop("No exchange rate of its day was recorded, so it is held and looked at."),
    "window_over": gettext_noop("The time in which this customer earns commission is over."),
    "cap": gettext_noop("The cap of your contract was reached."),
    "unknown_fact": gettext_noop("A fact that your contract asks for is not known, so it is held and looked at."),
    "refund": gettext_noop("The customer got money back."),
    "dispute": gettext_noop("The customer's bank disputes the payment."),
    "money_back": gettext_noop("The money stayed with the brand after all."),
    "kept_by_terms": gettext_noop("The customer got money back, but your contract leaves the commission to you."),
    "reattributed": gettext_noop("A later decision shares this sale otherwise."),
    "source_canceled": gettext_noop("The commission it is paid on was canceled."),
    "disputed": gettext_noop("Another partner claims this part."),
    "written_off": gettext_noop("It was written off."),
    "manual": gettext_noop("The brand wrote it by hand."),
}

VERDICTS = {
    None: gettext_noop("This touch is credited."),
    "after_conversion": gettext_noop("It came after the sale."),
    "outside_window": gettext_noop("It is older than the time that counts."),
    "self_referral": gettext_noop("You and the customer are the same person."),
    "late_click": gettext_noop("It came when the checkout was open already."),
    "lower_priority": gettext_noop("A touch of higher priority is present."),
    "not_first": gettext_noop("The first touch is credited, and this was not it."),
    "not_last": gettext_noop("The last touch is credited, and this was not it."),
    "code_not_credited": gettext_noop("Codes credit nobody here."),
    "awarded": gettext_noop("A person decided who is credited."),
    "no_pool": gettext_noop("Your role has no part in sales of this brand."),
}

CHANNELS = {
    "click": gettext_noop("Click on a link"),
    "view": gettext_noop("View"),
    "code": gettext_noop("Code"),
    "agent": gettext_noop("Entry by an agent"),
    "registered_deal": gettext_noop("Registered deal"),
    "import": gettext_noop("Imported touch"),
}


@dataclass(frozen=True, slots=True)
class Amount:
    """Money and its print in the reader's language, as the components take them."""

    money: Money
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step from base to amount."""

    label: str
    result: str
    total: bool = False


def language() -> str:
    """Return the reader's language."""
    return get_language() or "en"


def amount(minor: int, currency: str) -> Amount:
    """Return an amount with its print."""
    money = Money(minor, currency)
    return Amount(money, money.format(language()))


def period_named(period: str | Bounded | Covered) -> str:
    """Return "May 2026" for 2026-05 and the days of a half-month or a week, in the reader's language."""
    return period_text(period, language=language())


def moment(at: datetime) -> str:
    """Return an instant in the active zone, with the zone's name."""
    local = timezone.localtime(at)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def steps_of(explanation: list[dict[str, Any]]) -> list[Step]:
    """Return the stored steps in the reader's words; the last one is the result."""
    told = explained(explanation)
    return [Step(step.label, step.value, place == len(told)) for place, step in enumerate(told, start=1)]


def reason_of(reason: str) -> str:
    """Return the sentence of a reason; one a person wrote stays as it was written."""
    return _(REASONS[reason]) if reason in REASONS else reason.replace("_", " ")
