from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from kernel.periods import Cadence
from shared_apps.brands.clock import now
from tenant_apps.console.forms.base import VerbForm
from tenant_apps.settlements.queries import possible_starts

CADENCES = {Cadence.MONTH: _("by month"), Cadence.HALF_MONTH: _("by half-month"), Cadence.WEEK: _("by week")}


def _days() -> list[tuple[str, str]]:
    return [(day.isoformat(), date_format(day)) for day in possible_starts(now())]


class CadenceForm(VerbForm):
    """From which day on the brand closes by month, half-month or week."""

    title, submit = _("Change how you close"), _("Change")
    help = _("The new cadence begins where a period ends, so no day is left out and none is closed twice.")

    cadence = forms.ChoiceField(label=_("Close"), choices=[(each.value, words) for each, words in CADENCES.items()])
    starts_on = forms.ChoiceField(label=_("From this day on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].choices = _days()  # type: ignore[attr-defined]
