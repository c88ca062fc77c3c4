"""Contracts in the console: a version is written with its preview beside it, proposed, taken back, looked at."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.currencies import uneven_exponents
from kernel.errors import DomainError, InvalidInput
from kernel.sentences import sentence
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import reader_errors, refusal_text
from shared_apps.brands.clock import now
from tenant_apps.console.queries.contracts import said_of, version_story
from tenant_apps.console.queries.previewing import example_of
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import door, refused
from tenant_apps.programs import actions
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.programs.policies import may_edit_programs, may_propose_contracts
from tenant_apps.programs.rules import read_terms, unknown_in
from tenant_apps.programs.states import ContractState
from tenant_apps.settlements.queries import known_to_terms

LONGEST = 100_000


@require_http_methods(["GET", "POST"])
def draft_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the next version of a deal, beginning with the terms it has."""
    enrollment = Enrollment.objects.filter(pk=pk).first()
    if enrollment is None:
        raise Http404
    last = enrollment.contract_versions.order_by("-number").first()
    empty = {"currency": request.tenant.currency, "rules": []}  # type: ignore[attr-defined]
    document = (last.document | {"starts_at": None}) if last else empty
    return _editor(request, enrollment, None, document)


@require_http_methods(["GET", "POST"])
def edit_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft; what was proposed is only looked at."""
    version = _version(pk)
    if version.state != ContractState.DRAFT:
        return redirect("console-contract", pk)
    return _editor(request, version.enrollment, version, version.document)


@require_POST
def preview_view(request: HttpRequest) -> HttpResponse:
    """Say the terms in plain words, name their mistakes, and pay an example order by them; nothing is booked."""
    if not may_propose_contracts(actor_of(request)):
        return refused(request, actor_of(request), "preview_contract", request.user)
    context: dict[str, Any] = {"example": request.POST}
    try:
        terms = read_terms(_document(request))
        context |= {"wrong": reader_errors(unknown_in(terms, known_to_terms())), "said": said_of(terms.document)}
        context["earned"] = example_of(terms.document, request.POST)
    except InvalidInput as failure:
        context["wrong"] = reader_errors(failure.errors)
    return TemplateResponse(request, "console/parts/contract_preview.html", context)


@require_GET
def contract_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version: in plain words, what differs from the one it replaces, and how it was answered."""
    context = site.each_context(request) | version_story(_version(pk)) | {"title": _("Contract")}
    return TemplateResponse(request, "console/contract.html", context)


def _editor(
    request: HttpRequest, enrollment: Enrollment, version: ContractVersion | None, document: dict[str, Any]
) -> HttpResponse:
    actor, wrong = actor_of(request), []
    if not may_propose_contracts(actor):
        return refused(request, actor, "draft_contract", enrollment)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if request.method == "POST":
        text = request.POST.get("document", "")
        said: dict[str, Any] = {"known": known_to_terms(), "actor": actor, "at": now()}
        try:
            terms = _document(request)
            saved = (
                actions.edit_draft(version=version, terms=terms, **said) if version
                else actions.draft_version(enrollment=enrollment, terms=terms, **said)
            )  # fmt: skip
        except InvalidInput as failure:
            wrong = reader_errors(failure.errors)
        except DomainError as failure:
            wrong = [{"field": str(failure.details.get("field", "")), "message": refusal_text(failure)}]
        else:
            messages.success(request, _("Saved as a draft. It binds nobody before it is proposed and accepted."))
            return redirect("console-contract", saved.pk)
    context = site.each_context(request) | {
        "enrollment": enrollment, "version": version, "document": text, "wrong": wrong, "known": known_to_terms(),
        "title": _("Contract version"), "exponents": json.dumps(uneven_exponents()),
    }  # fmt: skip
    return TemplateResponse(request, "console/contract_editor.html", context, status=422 if wrong else 200)


def _document(request: HttpRequest) -> Any:
    text = request.POST.get("document", "")
    if len(text) > LONGEST:
        raise InvalidInput(field="document", message="is too long")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(field="document", message=sentence("is not JSON: %(error)s", error=error)) from error


def _version(pk: int) -> ContractVersion:
    version = ContractVersion.objects.select_related("enrollment__program").filter(pk=pk).first()
    if version is None:
        raise Http404
    return version


def _propose(request: HttpRequest, version: ContractVersion, actor: Any) -> str:
    if request.POST.get("confirmed", "").strip().casefold() != f"v{version.number}":
        raise InvalidInput(field="confirmed", message=_("type v%(number)s to propose") % {"number": version.number})
    actions.propose(version=version, known=known_to_terms(), actor=actor, at=now())
    return _("%(version)s waits for the partner's answer.") % {"version": version}


def _withdraw(request: HttpRequest, version: ContractVersion, actor: Any) -> str:
    actions.withdraw(version=version, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("%(version)s is withdrawn.") % {"version": version}


def _pause(request: HttpRequest, enrollment: Enrollment, actor: Any) -> str:
    reason = request.POST.get("reason", "")
    actions.pause_enrollment(enrollment=enrollment, reason=reason, actor=actor, at=now())
    return _("The deal is paused: its links earn no credit.")


def _resume(request: HttpRequest, enrollment: Enrollment, actor: Any) -> str:
    reason = request.POST.get("reason", "")
    actions.resume_enrollment(enrollment=enrollment, reason=reason, actor=actor, at=now())
    return _("The deal goes on.")


def _end(request: HttpRequest, enrollment: Enrollment, actor: Any) -> str:
    actions.end_enrollment(enrollment=enrollment, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("The deal and its terms have ended; what was earned stays earned.")


new_draft = site.admin_view(draft_view)
edit_draft = site.admin_view(edit_view)
preview = site.admin_view(preview_view)
contract = site.admin_view(contract_view)
propose = door(ContractVersion, may_propose_contracts)(_propose)
withdraw = door(ContractVersion, may_propose_contracts)(_withdraw)
pause = door(Enrollment, may_edit_programs)(_pause)
resume = door(Enrollment, may_edit_programs)(_resume)
end = door(Enrollment, may_edit_programs)(_end)
