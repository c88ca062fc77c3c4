"""How a partner's own touches were judged. Of the others only that they exist: never who, when or where."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from tenant_apps.attribution.queries import explained_verdict, verdicts_of
from tenant_apps.commissions.queries import percent_text
from tenant_apps.portal.views.wording import CHANNELS, VERDICTS

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Attribution


@dataclass(frozen=True, slots=True)
class Verdict:
    """One touch of the partner: what it was, when, and what was decided."""

    channel: str
    at: datetime
    won: bool
    sentence: str
    share: str


def own_verdicts(attribution: "Attribution", own_enrollments: set[str]) -> list[Verdict]:
    """Return the verdicts of the touches of these enrollments, in the order they were judged."""
    return [_told(verdict) for verdict in verdicts_of(attribution, own_enrollments)]


def person_verdict(attribution: "Attribution", share: Fraction) -> Verdict:
    """Return what is told of a share that a person gave and no touch of the partner earned."""
    return Verdict(
        channel=_("Decision by a person"), at=attribution.decided_at, won=True, sentence=_(VERDICTS["awarded"]),
        share=percent_text(Decimal(share.numerator) / share.denominator),
    )  # fmt: skip


def _told(verdict: dict[str, Any]) -> Verdict:
    weight = Decimal(str(verdict["weight"]))
    channel = str(verdict["channel"])
    sentence = VERDICTS.get(verdict["reason"])
    if verdict["reason"] is None and not weight:
        told = _("It adds nothing itself; another touch of yours is credited.")
    else:
        told = _(sentence) if sentence else explained_verdict(verdict)
    return Verdict(
        channel=_(CHANNELS[channel]) if channel in CHANNELS else channel, at=datetime.fromisoformat(verdict["at"]),
        won=bool(verdict["won"]), sentence=told,
        share=percent_text(weight) if weight else "",
    )  # fmt: skip
