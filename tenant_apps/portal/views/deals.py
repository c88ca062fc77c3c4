"""Registered deals in the portal: a prospect is registered, its clock is seen, it is taken back.

Of a registration that came first only that there is one, and until when: never whose it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.actor import Actor
from kernel.errors import DomainError
from shared_apps.brands.clock import now
from shared_apps.brands.entering import entered_brand
from tenant_apps.attribution.actions import register_deal, withdraw_deal
from tenant_apps.attribution.queries import deal_by_ref, deals_of_partner
from tenant_apps.attribution.states import DealState
from tenant_apps.portal.forms.deals import DealForm
from tenant_apps.portal.policies import may_withdraw_own_deal
from tenant_apps.portal.views.entering import partner_needed, partner_page
from tenant_apps.portal.views.wording import Amount, amount
from tenant_apps.programs.queries import enrollments_of_partner
from tenant_apps.programs.states import EnrollmentState

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Deal

ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A registered deal as its partner reads it, with its clock."""

    deal: "Deal"
    state: str
    days_left: int | None
    days_in_all: int
    expected: Amount | None
    reason: str
    taken_until: datetime | None
    may_withdraw: bool


@require_GET
@partner_needed
def deals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show what the partner registered, the latest first, each with its clock."""
    page, at = Paginator(deals_of_partner(actor.id), ON_A_PAGE).get_page(request.GET.get("page")), now()
    context = {"rows": [_row(deal, actor, at) for deal in page], "page": page}
    return partner_page(request, actor, "portal/deals.html", "deals", context)


@require_http_methods(["GET", "POST"])
@partner_needed
def new_deal(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Register a prospect; one that another partner protects is told so at once."""
    active = [deal for deal in enrollments_of_partner(actor.id) if deal.state == EnrollmentState.ACTIVE]
    form = DealForm(request.POST or None, deals=active, currency=entered_brand().currency)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        chosen = next(deal for deal in active if deal.public_id == said["enrollment"])
        try:
            deal = register_deal(
                enrollment=chosen, company=said["company"], email=said["email"], domain=said["domain"],
                phone=said["phone"], note=said["note"], expected_minor=said["expected"], actor=actor, at=now(),
            )  # fmt: skip
        except DomainError as wrong:
            form.refuse(wrong)
        else:
            _tell(request, deal)
            return HttpResponseRedirect(reverse("portal_deals"))
    status = {"status": 422} if form.errors else {}
    return partner_page(request, actor, "portal/deal_new.html", "deals", {"form": form, "active": active}, **status)


@require_POST
@partner_needed
def withdraw(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Take a registration back; from then on it protects nobody."""
    deal = deal_by_ref(ref)
    if deal is None or not may_withdraw_own_deal(actor, deal):
        raise Http404
    try:
        withdraw_deal(deal=deal, reason="", actor=actor, at=now())
        messages.success(request, _("Taken back. It protects nobody any more."))
    except DomainError:
        messages.error(request, _("This was decided in the meantime. Nothing was changed."))
    return HttpResponseRedirect(reverse("portal_deals"))


def _tell(request: HttpRequest, deal: "Deal") -> None:
    if deal.state == DealState.REJECTED:
        messages.warning(request, _first_was(deal))
    else:
        messages.success(request, _("Registered. The brand looks at it; the clock starts when it agrees."))


def _first_was(deal: "Deal") -> str:
    if deal.beaten_by and deal.beaten_by.enrollment_id == deal.enrollment_id:
        return _("You registered this prospect already.")
    return _("Another partner registered this prospect first.")


def _row(deal: "Deal", actor: Actor, at: datetime) -> Row:
    left = deal.protected_until - at if deal.protected_until and deal.is_live(at) else None
    begun = deal.qualified_at or deal.submitted_at
    in_all = deal.protected_until - begun if deal.protected_until else timedelta()
    was_first = deal.beaten_by
    # Expired by the clock, though the hourly job has not written it down yet.
    is_over = deal.state == DealState.QUALIFIED and left is None
    return Row(
        deal=deal, state=DealState.EXPIRED if is_over else deal.state, days_left=left.days if left else None,
        days_in_all=in_all.days, expected=amount(deal.expected_minor, deal.currency) if deal.expected_minor else None,
        reason=_first_was(deal) if was_first else deal.reason,
        taken_until=was_first.protected_until if was_first else None,
        may_withdraw=DealState(deal.state).is_open and not is_over and may_withdraw_own_deal(actor, deal),
    )  # fmt: skip
