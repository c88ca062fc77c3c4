"""Batches of payouts: previewed, approved with the amount typed by a second person, sent, and how they end."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from kernel.actor import Actor
from kernel.errors import DomainError, InvalidInput
from kernel.money import Money
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import reader_text, refusal_text
from shared_apps.brands.clock import now
from tenant_apps.console import forms
from tenant_apps.console.queries.paying import preview_story
from tenant_apps.console.reasons import unsent_text
from tenant_apps.console.site import site
from tenant_apps.console.views.making import Made, maker
from tenant_apps.console.views.settling import attempt_shown
from tenant_apps.console.views.verbs import door, refused
from tenant_apps.payments.actions import dismiss_event, retry_event
from tenant_apps.payments.models import InboundEvent
from tenant_apps.payments.policies import may_resolve_events
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import Payout, PayoutBatch
from tenant_apps.settlements.policies import may_pay_out
from tenant_apps.settlements.states import BatchMethod


@require_http_methods(["GET", "POST"])
def make_batch(request: HttpRequest) -> HttpResponse:
    """Show what a batch would pay and what stays here; a POST draws it up."""
    actor = actor_of(request)
    if not may_pay_out(actor):
        return refused(request, actor, "make_batch", request.user)
    if request.method == "POST":
        method, currency = request.POST.get("method", ""), request.POST.get("currency", "")
        try:
            if method not in set(BatchMethod):
                raise InvalidInput(field="method", message=_("Choose how the batch is paid."))
            batch = actions.make_batch(method=BatchMethod(method), currency=currency, actor=actor, at=now())
        except DomainError as failure:
            messages.error(request, _told(failure))
        else:
            messages.success(request, _("The batch is drawn up. A second person approves it."))
            return redirect("admin:settlements_payoutbatch_change", batch.pk)
    context = site.each_context(request) | {"title": _("New batch of payouts")} | preview_story(request)
    return TemplateResponse(request, "console/batch_new.html", context)


@require_GET
def download_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the file of an approved batch: always the same bytes, and nothing is sent by it."""
    actor, batch = actor_of(request), PayoutBatch.objects.filter(pk=pk).first()
    if batch is None:
        raise Http404
    if not may_pay_out(actor):
        return refused(request, actor, "download_batch", batch)
    try:
        name, content = actions.download_file(batch=batch, actor=actor, at=now())
    except DomainError as failure:
        messages.error(request, _told(failure))
        return redirect("admin:settlements_payoutbatch_change", pk)
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _told(failure: DomainError) -> str:
    """Return a refusal in words, each refused row with its reason."""
    rows = [
        f"{row.get('partner', row.get('settlement', ''))}: {unsent_text(row['reason'])}"
        for row in failure.details.get("rows", [])
    ]
    return " ".join([refusal_text(failure), "; ".join(rows)]).strip()


def _approve(request: HttpRequest, batch: PayoutBatch, actor: Actor) -> str:
    _check_typed(request, batch)
    try:
        actions.approve_batch(batch=batch, actor=actor, at=now())
    except DomainError as failure:
        raise type(failure)(_told(failure)) from failure
    return _("Approved.")


def _send(request: HttpRequest, batch: PayoutBatch, actor: Actor) -> str:
    _check_typed(request, batch)
    actions.send_batch(batch=batch, actor=actor, at=now())
    return _("The batch is on its way; each payout is in transit.")


def _withdraw(request: HttpRequest, batch: PayoutBatch, actor: Actor) -> str:
    reason, unused = _said(request, "reason", _("Say why.")), request.POST.get("file_unused") == "on"
    actions.withdraw_batch(batch=batch, reason=reason, file_unused=unused, actor=actor, at=now())
    return _("Withdrawn; its payouts may stand in another batch.")


def _confirm_all(request: HttpRequest, batch: PayoutBatch, actor: Actor) -> str:
    reference = _said(request, "reference", _("Give the bank's reference."))
    count = actions.confirm_batch(batch=batch, reference=reference, actor=actor, at=now())
    return ngettext("%(count)s payout arrived.", "%(count)s payouts arrived.", count) % {"count": count}


def _return(request: HttpRequest, payout: Payout, actor: Actor) -> str:
    reason = _said(request, "reason", _("Say why the bank sent it back."))
    actions.return_payout(payout=payout, reason=reason, attempt=attempt_shown(request), actor=actor, at=now())
    return _("The money is back; a new batch may pay it again.")


def _retry(request: HttpRequest, event: InboundEvent, actor: Actor) -> str:
    again = retry_event(event=event, actor=actor, at=now())
    if again.state == "parked":
        raise InvalidInput(message=_("It does not fit yet: %(note)s") % {"note": reader_text(again.note)})
    return _("It fits now, and was applied.")


def _dismiss(request: HttpRequest, event: InboundEvent, actor: Actor) -> str:
    reason = _said(request, "reason", _("Say what was done about it."))
    dismiss_event(event=event, reason=reason, actor=actor, at=now())
    return _("Resolved. The event stays here with your reason.")


def _say_account(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    actions.say_paying_account(holder=said["holder"], iban=said["iban"], bic=said["bic"], actor=actor, at=now())
    return "settlements_payoutbatch_changelist", None


def _check_typed(request: HttpRequest, batch: PayoutBatch) -> None:
    """Let nobody approve or send a sum that was not read: it is typed once more."""
    typed = Money.parse_decimal(request.POST.get("typed", "").strip(), batch.currency, field="typed")
    if typed.minor != batch.total_minor:
        raise InvalidInput(field="typed", message=_("That is not the batch's sum; read it again."))


def _said(request: HttpRequest, name: str, missing: str) -> str:
    text = request.POST.get(name, "").strip()
    if not text:
        raise InvalidInput(field=name, message=missing)
    return text


say_account = maker(forms.PayingAccountForm, may_pay_out)(_say_account)
make_batch_view = site.admin_view(make_batch)
download_batch_view = site.admin_view(download_batch)
approve_batch_view = door(PayoutBatch, may_pay_out)(_approve)
send_batch_view = door(PayoutBatch, may_pay_out)(_send)
withdraw_batch_view = door(PayoutBatch, may_pay_out)(_withdraw)
confirm_batch_view = door(PayoutBatch, may_pay_out)(_confirm_all)
return_payout_view = door(Payout, may_pay_out)(_return)
retry_event_view = door(InboundEvent, may_resolve_events)(_retry)
dismiss_event_view = door(InboundEvent, may_resolve_events)(_dismiss)
