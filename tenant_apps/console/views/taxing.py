"""Rates of VAT that operators say: which country, from which day, until when."""

from typing import Any

from django.http import HttpRequest

from kernel.actor import Actor
from shared_apps.brands.clock import now
from tenant_apps.console import forms
from tenant_apps.console.views.making import Made, maker
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import VatRate
from tenant_apps.settlements.policies import may_close_periods

LIST = "settlements_vatrate_changelist"


def _say_rate(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    actions.say_vat_rate(
        country=said["country"].upper(), rate=form.share, starts_on=said["starts_on"], source=said["source"],
        actor=actor, at=now(),
    )  # fmt: skip
    return LIST, None


def _end_rate(request: HttpRequest, form: Any, rate: VatRate, actor: Actor) -> Made:
    actions.end_vat_rate(rate=rate, ends_on=form.cleaned_data["ends_on"], actor=actor, at=now())
    return LIST, None


say_rate = maker(forms.VatRateForm, may_close_periods)(_say_rate)
end_rate = maker(forms.VatRateEndForm, may_close_periods, VatRate, begin=lambda rate: {"ends_on": rate.starts_on})(
    _end_rate
)
