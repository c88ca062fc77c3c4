"""Pricing held commissions again: choose, look at what it comes to, do exactly what was seen."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kernel.actor import Actor
from kernel.errors import DomainError
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.brands.clock import now
from tenant_apps.commissions.actions import Pricing, price_selected, rehearse_pricing
from tenant_apps.commissions.policies import may_price_again
from tenant_apps.console.forms import HeldForm
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import refused
from tenant_apps.programs.queries import partner_names


@require_http_methods(["GET", "POST"])
def price_view(request: HttpRequest) -> HttpResponse:
    """Show what pricing a selection would write; a POST does it by the digest of what was shown."""
    actor = actor_of(request)
    if not may_price_again(actor):
        return refused(request, actor, "price_selected", request.user)
    asked = request.POST if request.method == "POST" else request.GET
    form = HeldForm(asked or None, partners=sorted(partner_names().items(), key=lambda known: known[1]))
    status, preview = 422 if form.errors else 200, None
    try:
        if asked and form.is_valid():
            if request.method == "POST":
                return _priced(request, form, actor)
            preview = rehearse_pricing(selection=form.selection(), actor=actor, at=now())
    except DomainError as failure:
        messages.error(request, refusal_text(failure))
        status = failure.status
        if request.method == "POST":
            preview = rehearse_pricing(selection=form.selection(), actor=actor, at=now())
    context: dict[str, Any] = site.each_context(request) | {
        "form": form, "preview": preview, "title": _("Price again"),
    }  # fmt: skip
    return TemplateResponse(request, "console/price_in_bulk.html", context, status=status)


def _priced(request: HttpRequest, form: HeldForm, actor: Actor) -> HttpResponse:
    done = price_selected(
        selection=form.selection(), digest=request.POST.get("digest", ""), reason=request.POST.get("reason", ""),
        actor=actor, at=now(),
    )  # fmt: skip
    messages.success(request, _told(done))
    return HttpResponseRedirect(reverse("admin:commissions_commission_changelist"))


def _told(done: Pricing) -> str:
    text = ngettext("%(lines)s commission has its price.", "%(lines)s commissions have their price.", done.lines)
    return text % {"lines": done.lines}


price_in_bulk = site.admin_view(price_view)
