from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from kernel.actor import Actor
from kernel.errors import DomainError, InvalidInput
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.brands.clock import now
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import door, refused
from tenant_apps.settlements.actions import approve, confirm_payout, fail_payout, request_payout
from tenant_apps.settlements.actions import approve_period as approve_all
from tenant_apps.settlements.documents import csv_of, html_of
from tenant_apps.settlements.models import CreditNote, Payout, Period, Settlement, Statement
from tenant_apps.settlements.policies import may_approve_settlements, may_pay_out
from tenant_apps.settlements.printing import print_statement


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
    confirm_payout(payout=payout, reference=reference, actor=actor, at=now())
    return _("Paid. The partner sees it now.")


def _fail_payout(request: HttpRequest, payout: Payout, actor: Actor) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise InvalidInput(field="reason", message=_("Say why the bank sent it back."))
    fail_payout(payout=payout, reason=reason, actor=actor, at=now())
    return _("The payout failed; its lines wait for the next attempt.")


@require_GET
@xframe_options_sameorigin
def download_statement(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Send the statement as PDF, CSV or page: what the partner gets, from the same snapshot."""
    statement = Statement.objects.filter(pk=pk).first()
    if statement is None or kind not in ("pdf", "csv", "html"):
        raise Http404
    return sent(statement, kind)


def sent(document: Statement | CreditNote, kind: str) -> HttpResponse:
    """Return a document as page, CSV or PDF, to be looked at by whoever asked only."""
    if kind == "html":
        answer = HttpResponse(html_of(document.snapshot))
    elif kind == "csv":
        answer = HttpResponse(csv_of(document.snapshot), content_type="text/csv; charset=utf-8")
    else:
        answer = HttpResponse(print_statement(document).read_bytes(), content_type="application/pdf")
    where = "attachment" if kind == "csv" else "inline"
    answer["Content-Disposition"] = f'{where}; filename="{document.number}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


approve_period_view = site.admin_view(approve_period)
download_statement_view = site.admin_view(download_statement)
approve_view = door(Settlement, may_approve_settlements)(_approve)
request_payout_view = door(Settlement, may_pay_out)(_request_payout)
confirm_payout_view = door(Payout, may_pay_out)(_confirm_payout)
fail_payout_view = door(Payout, may_pay_out)(_fail_payout)
