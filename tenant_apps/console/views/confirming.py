"""Confirming commissions in bulk: choose, look at counts and totals, confirm exactly what was seen."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kernel.errors import DomainError, InvalidInput
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.brands.clock import now
from tenant_apps.commissions.actions import confirm_selected
from tenant_apps.commissions.policies import may_confirm_commission
from tenant_apps.commissions.queries import SelectionPreview, selection_preview
from tenant_apps.console.forms import SelectionForm
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import refused
from tenant_apps.programs.queries import partner_names


@require_http_methods(["GET", "POST"])
def confirm_view(request: HttpRequest) -> HttpResponse:
    """Show what a selection holds; a POST confirms it by the digest of what was shown and the typed number."""
    actor = actor_of(request)
    if not may_confirm_commission(actor):
        return refused(request, actor, "confirm_selected", request.user)
    asked = request.POST if request.method == "POST" else request.GET
    form = SelectionForm(asked or None, partners=sorted(partner_names().items(), key=lambda known: known[1]))
    preview = selection_preview(form.selection()) if asked and form.is_valid() else None
    status = 422 if form.errors else 200
    if request.method == "POST" and preview is not None:
        try:
            _check_typed(request, preview)
            done = confirm_selected(
                selection=form.selection(), digest=request.POST.get("digest", ""), actor=actor, at=now()
            )
        except DomainError as failure:
            messages.error(request, refusal_text(failure))
            status = failure.status
        else:
            messages.success(request, _told(done))
            return HttpResponseRedirect(f"{reverse('admin:commissions_commission_changelist')}?state__exact=confirmed")
    context: dict[str, Any] = site.each_context(request) | {
        "form": form, "preview": preview, "title": _("Confirm in bulk"),
    }  # fmt: skip
    return TemplateResponse(request, "console/confirm_in_bulk.html", context, status=status)


def _check_typed(request: HttpRequest, preview: SelectionPreview) -> None:
    if request.POST.get("typed", "").strip() != str(preview.lines):
        raise InvalidInput(field="typed", message=_("type %(lines)s to confirm") % {"lines": preview.lines})


def _told(done: SelectionPreview) -> str:
    text = ngettext("%(lines)s commission is confirmed.", "%(lines)s commissions are confirmed.", done.lines)
    return text % {"lines": done.lines}


confirm_in_bulk = site.admin_view(confirm_view)
