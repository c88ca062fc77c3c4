from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from kernel.actor import Actor
from shared_apps.brands.clock import now
from shared_apps.brands.entering import entered_brand
from tenant_apps.attribution.queries import attribution_by_ref
from tenant_apps.commissions.queries import Totals, commission_by_ref, commissions_of_partner, totals_of_partner
from tenant_apps.commissions.states import CommissionState
from tenant_apps.orders.queries import SoldLine, sold_lines
from tenant_apps.portal.policies import may_view_commission
from tenant_apps.portal.views.entering import partner_needed, partner_page
from tenant_apps.portal.views.verdicts import Verdict, own_verdicts
from tenant_apps.portal.views.wording import Amount, Step, amount, period_named, reason_of, steps_of
from tenant_apps.programs.queries import enrollments_of_partner, proposals_of_partner
from tenant_apps.settlements.documents import Covered
from tenant_apps.settlements.queries import forecast_of

if TYPE_CHECKING:
    from tenant_apps.commissions.models import Commission
    from tenant_apps.settlements.queries import Expected

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Earning:
    """A commission as its partner reads it; of the sale only the order's number and what was sold."""

    commission: "Commission"
    sold: SoldLine | None
    amount: Amount
    base: Amount
    steps: list[Step]
    reason: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Total:
    """What the partner has here in one currency, by state."""

    currency: str
    pending: Amount
    confirmed: Amount
    payable: Amount
    paid: Amount
    hold: Amount | None


@require_GET
@partner_needed
def earnings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the partner's commissions, newest first, each amount opening to its steps; `state` filters."""
    state = request.GET.get("state", "")
    chosen = state if state in set(CommissionState) else ""
    found = commissions_of_partner(actor.id)
    lines = Paginator(found.filter(state=chosen) if chosen else found, ON_A_PAGE)
    page = lines.get_page(request.GET.get("page"))
    context = {
        "totals": [_total(currency, sums) for currency, sums in sorted(totals_of_partner(actor.id).items())],
        "proposals": list(proposals_of_partner(actor.id)), "forecast": _forecast(actor.id),
        "rows": _rows(page), "page": page, "state": chosen, "states": list(CommissionState),
    }  # fmt: skip
    return partner_page(request, actor, "portal/earnings.html", "earnings", context)


@require_GET
@partner_needed
def earning(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Show one commission: its steps, and how the partner's own touches were judged; others' stay unnamed."""
    commission = commission_by_ref(ref)
    if commission is None or not may_view_commission(actor, commission):
        raise Http404
    own = {enrollment.public_id for enrollment in enrollments_of_partner(actor.id)}
    attribution = attribution_by_ref(commission.attribution_ref)
    verdicts: list[Verdict] = own_verdicts(attribution, own) if attribution else []
    considered = len(attribution.verdicts) if attribution else 0
    context = {
        "earning": _earning(commission, sold_lines([commission.line_ref])), "attribution": attribution,
        "verdicts": verdicts, "others": considered - len(verdicts),
        "by_person": attribution is not None and "award" in attribution.evidence,
    }  # fmt: skip
    return partner_page(request, actor, "portal/earning.html", "earnings", context)


def _rows(page: "Page[Commission]") -> list[Earning]:
    commissions = list(page)
    sold = sold_lines(commission.line_ref for commission in commissions)
    return [_earning(commission, sold) for commission in commissions]


def _earning(commission: "Commission", sold: dict[str, SoldLine]) -> Earning:
    return Earning(
        commission, sold.get(commission.line_ref), amount(commission.amount_minor, commission.currency),
        amount(commission.base_minor, commission.currency), steps_of(commission.explanation),
        reason_of(commission.reason) if commission.reason else "", CommissionState(commission.state).is_before_payable,
    )  # fmt: skip


def _forecast(partner_ref: str) -> list[dict[str, Any]]:
    return [
        {"expected": each, "covered": (days := _days(each)), "named": period_named(days) if days else "",
         "amount": amount(each.amount_minor, each.currency)}
        for each in forecast_of(partner_ref, now())
    ]  # fmt: skip


def _days(expected: "Expected") -> Covered | None:
    if expected.starts_at is None or expected.closes_at is None:
        return None
    zone = ZoneInfo(entered_brand().timezone)
    last = expected.closes_at - timedelta(microseconds=1)
    return Covered(expected.label, expected.starts_at.astimezone(zone).date(), last.astimezone(zone).date())


def _total(currency: str, sums: Totals) -> Total:
    return Total(
        currency, amount(sums.pending_minor, currency), amount(sums.confirmed_minor, currency),
        amount(sums.payable_minor, currency), amount(sums.paid_minor, currency),
        amount(sums.hold_minor, currency) if sums.hold_minor else None,
    )  # fmt: skip
