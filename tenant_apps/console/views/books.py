"""The books as an accountant asks for them: the trial balance of a day, as a page and as CSV."""

import csv
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kernel.errors import DomainError
from kernel.money import Money
from shared_apps.accounts.acting import actor_of
from tenant_apps.console.queries.books import trial_balance_story
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import refused
from tenant_apps.ledger.policies import may_see_books
from tenant_apps.ledger.queries import day_end, trial_balance


@require_GET
def show_trial_balance(request: HttpRequest) -> HttpResponse:
    """Show every account with its debits, credits and balance up to the end of a day, or up to now."""
    actor = actor_of(request)
    if not may_see_books(actor):
        return refused(request, actor, "see_trial_balance", request.user)
    at, wrong = _until(request)
    context = site.each_context(request) | {"title": _("Trial balance"), "wrong": wrong, "on": request.GET.get("on")}
    if not wrong:
        context |= trial_balance_story(at)
    return TemplateResponse(request, "console/trial_balance.html", context, status=422 if wrong else 200)


@require_GET
def trial_balance_as_csv(request: HttpRequest) -> HttpResponse:
    """Send the trial balance of a day as CSV."""
    actor = actor_of(request)
    if not may_see_books(actor):
        return refused(request, actor, "see_trial_balance", request.user)
    at, wrong = _until(request)
    if wrong:
        return HttpResponse(wrong, status=422, content_type="text/plain; charset=utf-8")
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    day = request.GET.get("on") or "now"
    answer["Content-Disposition"] = f'attachment; filename="trial-balance-{day}.csv"'
    writer = csv.writer(answer)
    writer.writerow(["account", "kind", "currency", "debit", "credit", "balance"])
    for row in trial_balance(at):
        amounts = [
            Money(minor, row.currency).to_decimal() for minor in (row.debit_minor, row.credit_minor, row.balance_minor)
        ]
        writer.writerow([row.code, str(row.kind), row.currency, *amounts])
    return answer


def _until(request: HttpRequest) -> tuple[datetime | None, str]:
    text = request.GET.get("on")
    if not text:
        return None, ""
    try:
        return day_end(date.fromisoformat(text)), ""
    except (ValueError, DomainError):
        return None, _("“%(text)s” is no day that books were kept.") % {"text": text}


trial_balance_view = site.admin_view(show_trial_balance)
trial_balance_csv_view = site.admin_view(trial_balance_as_csv)
