"""Simulations in the console: terms are tried over days of the past, followed, stopped, handed out."""

import json
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.errors import DomainError, InvalidInput
from kernel.sentences import sentence
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import reader_errors, refusal_text
from shared_apps.brands.clock import now
from tenant_apps.console.queries.simulating import last_month, versions_to_try
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import door, refused
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.reports.actions import Asked, cancel_simulation, request_export, request_simulation
from tenant_apps.reports.models import Simulation
from tenant_apps.reports.policies import may_export, may_simulate
from tenant_apps.reports.states import Customers, ExportKind

LONGEST = 100_000


@require_http_methods(["GET", "POST"])
def simulate_view(request: HttpRequest) -> HttpResponse:
    """Ask which terms are tried, on whose deals, over which days; begun from a version or from the editor."""
    actor, wrong = actor_of(request), list[dict[str, str]]()
    if not may_simulate(actor):
        return refused(request, actor, "simulate", request.user)
    given = request.POST if request.method == "POST" else request.GET
    since, until = last_month(localdate(now()))
    shown = {"since": since.isoformat(), "until": until.isoformat(), "customers": "all", "scope": "deal"} | {
        name: str(text) for name, text in given.items()
    }
    edited = _edited(given.get("enrollment", "")) if given.get("document") else None
    # The editor sends its document without days: they are asked for here.
    if request.method == "POST" and "since" in request.POST:
        try:
            asked = _asked(request, edited)
            simulation = request_simulation(asked=asked, actor=actor, at=now())
            return redirect("admin:reports_simulation_change", simulation.pk)
        except DomainError as failure:
            wrong = reader_errors(failure.details.get("errors", [])) or [
                {"field": "", "message": refusal_text(failure)}
            ]
    context = site.each_context(request) | {
        "title": _("Simulate"), "wrong": wrong, "shown": shown, "edited": edited, "versions": versions_to_try(),
    }  # fmt: skip
    return TemplateResponse(request, "console/simulate.html", context, status=422 if wrong else 200)


@require_GET
def progress_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a simulation is; when it has ended, let the page show what came of it."""
    simulation = Simulation.objects.filter(pk=pk).first()
    if simulation is None:
        raise Http404
    answer = TemplateResponse(request, "console/parts/simulation_progress.html", {"subject": simulation})
    if not simulation.is_open:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def export_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the lines that differ as a file; its page shows how far it is."""
    actor, simulation = actor_of(request), Simulation.objects.filter(pk=pk).first()
    if simulation is None:
        raise Http404
    if not may_export(actor):
        return refused(request, actor, "export_simulation", simulation)
    try:
        export = request_export(
            kind=ExportKind.SIMULATION, format=request.POST.get("format", ""),
            filters={"simulation": simulation.public_id}, actor=actor, at=now(),
        )  # fmt: skip
    except DomainError as failure:
        messages.error(request, refusal_text(failure))
        return redirect("admin:reports_simulation_change", pk)
    return redirect("admin:reports_export_change", export.pk)


def _asked(request: HttpRequest, edited: Enrollment | None) -> Asked:
    days = {name: _day(request.POST.get(name, ""), name) for name in ("since", "until")}
    more: dict[str, Any] = {**days, "customers": request.POST.get("customers", str(Customers.ALL))}
    version = None
    if edited is None:
        key = request.POST.get("version", "")
        version = ContractVersion.objects.filter(pk=key if key.isdecimal() else 0).first()
        if version is None:
            raise InvalidInput(field="version", message=_("choose the version to try"))
    deal = edited or (version.enrollment if version else None)
    if request.POST.get("scope") == "program" and deal is not None:
        more["program"] = deal.program.public_id
    elif edited is not None:
        more["enrollments"] = [edited.public_id]
    if version is not None:
        return Asked(versions=[version.public_id], **more)
    return Asked(terms=_document(request.POST.get("document", "")), **more)


def _edited(key: str) -> Enrollment:
    found = Enrollment.objects.filter(pk=key if key.isdecimal() else 0).first()
    if found is None:
        raise Http404
    return found


def _document(text: str) -> Any:
    if len(text) > LONGEST:
        raise InvalidInput(field="terms", message="is too long")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(field="terms", message=sentence("is not JSON: %(error)s", error=error)) from error


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(field=name, message=_("must be a day")) from error


def _cancel(request: HttpRequest, simulation: Simulation, actor: Any) -> str:
    cancel_simulation(simulation=simulation, actor=actor, at=now())
    return _("The simulation is canceled.")


new_simulation = site.admin_view(simulate_view)
simulation_progress = site.admin_view(progress_view)
export_simulation = site.admin_view(export_view)
stop_simulation = door(Simulation, may_simulate)(_cancel)
