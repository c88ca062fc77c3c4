import json

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from kernel.actor import Actor
from kernel.errors import DomainError, InvalidInput
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.audit.errors import NotSealed
from shared_apps.audit.proof import record_proof
from shared_apps.brands.clock import now
from tenant_apps.console.queries import sheets_of
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import door, refused
from tenant_apps.settlements.actions import approve, confirm_payout, fail_payout, request_payout
from tenant_apps.settlements.actions import approve_period as approve_all
from tenant_apps.settlements.documents import csv_of, html_of
from tenant_apps.settlements.errors import BeingPrinted
from tenant_apps.settlements.models import CreditNote, Payout, Period, Settlement, Statement
from tenant_apps.settlements.policies import may_approve_settlements, may_pay_out
from tenant_apps.settlements.printing import being_printed, print_statement
from tenant_apps.settlements.queries import csv_of_statement, pages_of


@require_POST
def approve_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve every draft of a period, or none when one is refused."""
    actor = actor_of(request)
    period = Period.objects.filter(pk=pk).first()
    if period is None:
        raise Http404
    if not may_approve_settlements(actor):
        return refused(request, actor, "approve", period)
    approved = 0
    try:
        approved = approve_all(period=period, actor=actor, at=now())
    except DomainError as failure:
        messages.error(request, refusal_text(failure))
    if approved:
        told = ngettext(
            "%(count)s settlement approved; its statement is being issued.",
            "%(count)s settlements approved; statements are being issued.",
            approved,
        )
        messages.success(request, told % {"count": approved})
    return redirect("admin:settlements_period_change", pk)


def _approve(request: HttpRequest, settlement: Settlement, actor: Actor) -> str:
    approve(settlement=settlement, actor=actor, at=now())
    return _("Approved. The statement is being issued.")


def _request_payout(request: HttpRequest, settlement: Settlement, actor: Actor) -> str:
    request_payout(settlement=settlement, actor=actor, at=now())
    return _("The payout is in transit. Confirm it with the bank's reference when it has arrived.")


def _confirm_payout(request: HttpRequest, payout: Payout, actor: Actor) -> str:
    reference = request.POST.get("reference", "").strip()
    if not reference:
        raise InvalidInput(field="reference", message=_("Give the bank's reference."))
    confirm_payout(payout=payout, reference=reference, attempt=attempt_shown(request), actor=actor, at=now())
    return _("Paid. The partner sees it now.")


def _fail_payout(request: HttpRequest, payout: Payout, actor: Actor) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise InvalidInput(field="reason", message=_("Say why the bank sent it back."))
    fail_payout(payout=payout, reason=reason, attempt=attempt_shown(request), actor=actor, at=now())
    return _("The payout failed; its lines wait for the next attempt.")


def attempt_shown(request: HttpRequest) -> int:
    """Return the attempt that the page showed on which a payout's end was said; a first one needs no word."""
    text = request.POST.get("attempt", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


@require_GET
@xframe_options_sameorigin
def download_statement(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Send the statement as PDF, CSV or page: what the partner gets, from the same snapshot.

    While a long PDF is being printed, the statement's own page tells how far it is.
    """
    statement = _statement(pk)
    if kind not in ("pdf", "csv", "html"):
        raise Http404
    try:
        if kind == "html":
            return sent_page(statement, page=request.GET.get("page"))
        return sent(statement, kind)
    except BeingPrinted:
        return redirect("admin:settlements_statement_change", pk)


@require_GET
def printing_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a long statement's PDF is; it asks again by itself until it is there."""
    statement = _statement(pk)
    context = {"statement": statement, "printing": being_printed(statement)}
    return render(request, "console/parts/printing.html", context)


@require_GET
def download_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Send what proves that a credit note stands in a published root; there is nothing before it is sealed."""
    credit_note = CreditNote.objects.filter(pk=pk).first()
    if credit_note is None:
        raise Http404
    try:
        proof = record_proof(credit_note)
    except NotSealed as early:
        messages.info(request, refusal_text(early))
        return redirect("admin:settlements_creditnote_change", pk)
    answer = HttpResponse(json.dumps(proof, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{credit_note.number}.proof.json"'
    return answer


def sent(document: Statement | CreditNote, kind: str) -> HttpResponseBase:
    """Return a document as page, CSV or PDF, to be looked at by whoever asked only."""
    answer: HttpResponseBase
    if kind == "html":
        answer = HttpResponse(html_of(document.snapshot))
    elif kind == "csv" and isinstance(document, Statement):
        answer = StreamingHttpResponse(csv_of_statement(document), content_type="text/csv; charset=utf-8")
    elif kind == "csv":
        answer = HttpResponse(csv_of(document.snapshot), content_type="text/csv; charset=utf-8")
    else:
        answer = FileResponse(print_statement(document).open("rb"), content_type="application/pdf")
    where = "attachment" if kind == "csv" else "inline"
    answer["Content-Disposition"] = f'{where}; filename="{document.number}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def sent_page(statement: Statement, *, page: str | None) -> HttpResponse:
    """Return a statement as a page, of a long one the lines that its own page shows under this number."""
    pages, sheet = pages_of(statement), sheets_of(statement).get_page(page)
    if not sheet.has_other_pages():
        answer = HttpResponse(pages.whole())
    else:
        end = sheet.end_index() if sheet.has_next() else pages.lines
        answer = HttpResponse(pages.some(sheet.start_index() - 1, end))
    answer["Cache-Control"] = "private, no-store"
    return answer


def _statement(pk: int) -> Statement:
    statement = Statement.objects.defer("snapshot").filter(pk=pk).first()
    if statement is None:
        raise Http404
    return statement


approve_period_view = site.admin_view(approve_period)
download_statement_view = site.admin_view(download_statement)
printing_progress_view = site.admin_view(printing_progress)
download_credit_note_proof_view = site.admin_view(download_proof)
approve_view = door(Settlement, may_approve_settlements)(_approve)
request_payout_view = door(Settlement, may_pay_out)(_request_payout)
confirm_payout_view = door(Payout, may_pay_out)(_confirm_payout)
fail_payout_view = door(Payout, may_pay_out)(_fail_payout)
