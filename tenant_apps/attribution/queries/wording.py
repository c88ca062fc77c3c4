"""Stored verdicts in the reader's words."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_percent
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from tenant_apps.attribution.rules import CHANNELS, MODELS, VERDICTS

CAUSES = {
    "paid": gettext_noop("the sale was paid"),
    "touch": gettext_noop("a touch became known late"),
    "card": gettext_noop("the card that paid became known"),
    "deal": gettext_noop("a registered deal was qualified"),
    "agent": gettext_noop("an operator credited a partner"),
    "import": gettext_noop("touches were imported"),
    "award": gettext_noop("a person decided about the credit"),
}


def explained_verdict(verdict: Mapping[str, Any]) -> str:
    """Return the sentence that tells how a touch was decided, in the reader's language."""
    why = verdict["why"]
    return _(VERDICTS[why["code"]]) % {name: _fact(name, fact) for name, fact in why["facts"].items()}


def cause_text(cause: str) -> str:
    """Return which fact made a version of a decision, in the reader's language; its id is no part of it."""
    named = cause.partition(":")[0]
    return _(CAUSES[named]) if named in CAUSES else cause


def channel_text(channel: str) -> str:
    """Return what kind of touch it was, in the reader's language."""
    return _(CHANNELS[channel])


def role_text(role: str) -> str:
    """Return the name of a partner's role in the reader's language."""
    return _(role)


def _fact(name: str, fact: Any) -> str:
    match name:
        case "part" | "pool":
            locale = Locale.parse((get_language() or "en").replace("-", "_"))
            pattern = locale.percent_formats[None].pattern.replace("0", "0.##")
            return format_percent(Decimal(fact), format=pattern, locale=locale)
        case "at" | "opened":
            return formats.date_format(timezone.localtime(datetime.fromisoformat(fact)), "DATETIME_FORMAT")
        case "model":
            return _(MODELS[fact])
        case "channel":
            return channel_text(fact)
        case "role":
            return role_text(fact)
        case "roles":
            return ", ".join(role_text(role) for role in fact)
    return str(fact)
