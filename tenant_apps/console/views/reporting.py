"""Reports: totals that open to their parts, figures of fairness, and rows as files with their progress."""

import csv

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel.errors import DomainError
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.brands.clock import now
from tenant_apps.commissions.states import CommissionState
from tenant_apps.console.queries.reporting import filter_choices, report_story
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import refused
from tenant_apps.programs.states import Role
from tenant_apps.reports.actions import request_export
from tenant_apps.reports.downloading import opened
from tenant_apps.reports.models import Export
from tenant_apps.reports.policies import may_export, may_see_reports
from tenant_apps.reports.queries import FILTER_NAMES, Filters, owed_by, parse_filters
from tenant_apps.reports.states import Dimension


@require_GET
def show_reports(request: HttpRequest) -> HttpResponse:
    """Show what is owed within the filters, its parts by one dimension, and the lines they come from."""
    actor = actor_of(request)
    if not may_see_reports(actor):
        return refused(request, actor, "see_reports", request.user)
    filters, wrong = _filters(request)
    by = _dimension(request)
    context = site.each_context(request) | {
        "title": _("Reports"), "wrong": wrong, "filters": filters, "by": by, "dimensions": list(Dimension),
        "may_export": may_export(actor), "asked": filters.as_dict(), "states": list(CommissionState),
        "roles": list(Role),
    } | filter_choices(filters)  # fmt: skip
    try:
        context |= report_story(by, filters)
    except DomainError as failure:
        context["wrong"] = refusal_text(failure)
    return TemplateResponse(request, "console/reports.html", context, status=422 if context["wrong"] else 200)


@require_GET
def report_as_csv(request: HttpRequest) -> HttpResponse:
    """Send the parts of what is owed as CSV: the table of the page."""
    actor = actor_of(request)
    if not may_export(actor):
        return refused(request, actor, "export_report", request.user)
    filters, wrong = _filters(request)
    if wrong:
        return HttpResponse(wrong, status=422, content_type="text/plain; charset=utf-8")
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="owed-by-{_dimension(request)}.csv"'
    writer = csv.writer(answer)
    writer.writerow(["key", "name", "currency", "state", "amount_minor", "lines"])
    for row in owed_by(_dimension(request), filters):
        name = f"'{row.label}" if row.label[:1] in "=+-@\t\r" and row.label else row.label
        writer.writerow([row.key, name, row.currency, row.state, row.amount_minor, row.lines])
    return answer


@require_POST
def ask_for_export(request: HttpRequest) -> HttpResponse:
    """Ask for rows as a file; its page shows how far it is."""
    actor = actor_of(request)
    if not may_export(actor):
        return refused(request, actor, "request_export", request.user)
    filters = {name: str(text) for name, text in request.POST.items() if name in FILTER_NAMES and text}
    try:
        export = request_export(
            kind=request.POST.get("kind", ""), format=request.POST.get("format", ""), filters=filters, actor=actor,
            at=now(),
        )  # fmt: skip
    except DomainError as failure:
        messages.error(request, refusal_text(failure))
        return redirect("console-reports")
    return redirect("admin:reports_export_change", export.pk)


@require_GET
def export_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an export is: asked for every second while the page is open and the work is not done."""
    return TemplateResponse(request, "console/parts/progress.html", {"export": _export(pk)})


@require_GET
def download_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the file of an export that is done."""
    actor, export = actor_of(request), _export(pk)
    if not may_export(actor):
        return refused(request, actor, "download_export", export)
    try:
        return opened(export, actor=actor, at=now())
    except DomainError as failure:
        messages.error(request, refusal_text(failure))
        return redirect("admin:reports_export_change", pk)


def _filters(request: HttpRequest) -> tuple[Filters, str]:
    asked = {name: str(text) for name, text in request.GET.items() if name != "by"}
    try:
        return parse_filters(asked), ""
    except DomainError as failure:
        return Filters(), refusal_text(failure)


def _dimension(request: HttpRequest) -> Dimension:
    wanted = request.GET.get("by", "")
    return Dimension(wanted) if wanted in set(Dimension) else Dimension.PARTNER


def _export(pk: int) -> Export:
    export = Export.objects.filter(pk=pk).first()
    if export is None:
        raise Http404
    return export


reports_view = site.admin_view(show_reports)
report_csv_view = site.admin_view(report_as_csv)
ask_for_export_view = site.admin_view(ask_for_export)
export_progress_view = site.admin_view(export_progress)
download_export_view = site.admin_view(download_export)
