"""Closing a period in the console: what it would draw up is shown first; then it is closed by its typed name."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel.actor import Actor
from kernel.errors import DomainError, InvalidInput
from kernel.periods import Cadence
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.brands.clock import now
from tenant_apps.console import forms
from tenant_apps.console.queries.closing import rehearsal_story
from tenant_apps.console.site import site
from tenant_apps.console.views.making import Made, maker
from tenant_apps.console.views.verbs import refused
from tenant_apps.settlements.actions import change_cadence, close_period, rehearse_close
from tenant_apps.settlements.policies import may_close_periods


@require_GET
def preview_close(request: HttpRequest, label: str) -> HttpResponse:
    """Show what closing a period would draw up, per partner and currency, and whom it could not pay. Keeps nothing."""
    actor = actor_of(request)
    if not may_close_periods(actor):
        return refused(request, actor, "preview_close", request.user)
    try:
        rehearsed = rehearse_close(label=label, actor=actor, at=now())
    except DomainError as failure:
        messages.error(request, refusal_text(failure))
        return redirect("admin:settlements_period_changelist")
    context = site.each_context(request) | rehearsal_story(label, rehearsed) | {"title": _("Preview of a close")}
    return TemplateResponse(request, "console/close_preview.html", context)


@require_POST
def close_period_now(request: HttpRequest) -> HttpResponse:
    """Close the period that was named and typed; show its settlements."""
    actor, label = actor_of(request), request.POST.get("label", "")
    if not may_close_periods(actor):
        return refused(request, actor, "close_period", request.user)
    try:
        if request.POST.get("typed", "").strip() != label:
            raise InvalidInput(field="typed", message=_("Type %(label)s to close it.") % {"label": label})
        period = close_period(label=label, actor=actor, at=now())
    except DomainError as failure:
        messages.error(request, refusal_text(failure))
        return redirect("admin:settlements_period_changelist")
    messages.success(request, _("%(label)s is closed. A second person approves the settlements.") % {"label": label})
    return redirect("admin:settlements_period_change", period.pk)


def _cadence(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    starts_on = date.fromisoformat(said["starts_on"])
    change_cadence(cadence=Cadence(said["cadence"]), starts_on=starts_on, actor=actor, at=now())
    return "settlements_period_changelist", None


preview_close_view = site.admin_view(preview_close)
close_period_view = site.admin_view(close_period_now)
change_cadence_view = maker(forms.CadenceForm, may_close_periods)(_cadence)
