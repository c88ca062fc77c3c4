from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kernel.countries import country_name
from kernel.periods import Cadence
from shared_apps.accounts.wording import reader_text
from tenant_apps.attribution.queries import cause_text, channel_text, explained_verdict, role_text
from tenant_apps.commissions.queries import explained
from tenant_apps.console import showing
from tenant_apps.console.deeds import actor_text
from tenant_apps.console.forms.settling import CADENCES
from tenant_apps.console.look import navigation
from tenant_apps.console.reasons import (
    DIMENSIONS,
    GROUNDS,
    ROWS,
    gaps_text,
    policy_text,
    reason_text,
    unpaid_text,
)
from tenant_apps.disputes.states import Grounds
from tenant_apps.reports.states import Dimension, ExportKind
from tenant_apps.settlements.documents import Bounded, period_text

register = template.Library()
register.filter("told", explained)
register.filter("verdict", explained_verdict)
register.filter("chip", showing.chip)
register.filter("tone", showing.tone_of)
register.filter("why", reason_text)
register.filter("unpaid", unpaid_text)
register.filter("gaps", gaps_text)
register.filter("part", showing.part_text)
register.filter("word", showing.word_of)
register.filter("actor", actor_text)
register.filter("role", role_text)
register.filter("policy", policy_text)
register.filter("channel", channel_text)
register.filter("cause", cause_text)
register.filter("percent", showing.percent_text)


@register.filter
def refusal(message: str) -> str:
    """Return why something is refused in the reader's language."""
    return reader_text(message)


@register.filter
def rate(value: Decimal) -> str:
    """Return an exchange rate without the zeros that only fill its column."""
    return f"{value.normalize():f}"


@register.filter
def period(label: str | Bounded) -> str:
    """Return "May 2026" for 2026-05, and the days of a half-month or a week, in the reader's language."""
    return period_text(label, language=get_language() or "en")


@register.filter
def grounds(code: str) -> str:
    """Return why credit is claimed."""
    return str(GROUNDS[Grounds(code)])


@register.filter
def dimension(name: str) -> str:
    """Return by what a total opens to its parts."""
    return str(DIMENSIONS[Dimension(name)])


@register.filter
def rows(kind: str) -> str:
    """Return which rows an export hands out."""
    return str(ROWS[ExportKind(kind)])


@register.filter
def country(code: str) -> str:
    """Return a country's name in the reader's language."""
    return country_name(code, get_language() or "en")


@register.filter
def last_day(end: datetime) -> datetime:
    """Return the last instant before an end, for its date: people say until the 31st, not until the 1st at midnight."""
    return end - timedelta.resolution


@register.filter
def cadence(name: str) -> str:
    """Return how often a brand closes, as in "you close by month"."""
    return str(CADENCES[Cadence(name)])


@register.simple_tag(takes_context=True)
def place(context: template.Context) -> dict[str, str] | None:
    """Return where in the menu a page stands; None for one that stands nowhere in it."""
    for group in navigation(context["request"]):
        for item in group["items"]:
            if item["active"]:
                return {"group": group["title"], "title": item["title"], "link": item["link"]}
    return None


@register.simple_tag
def amount(minor: int | None, currency: str) -> SafeString:
    """Show minor units with their currency."""
    return showing.amount(minor, currency)


@register.simple_tag
def page_of(model_name: str, pk: object, text: object) -> SafeString:
    """Link to an object's page."""
    return showing.reference(model_name, pk, str(text))


@register.filter
def named(names: dict[str, Any], key: str) -> Any:
    """Look a key up; the key itself when it has no name."""
    return names.get(key, key)
