"""Why a sale was credited to the partner, or was not. Of the others only that they were considered."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from kernel.actor import Actor
from tenant_apps.attribution.queries import attribution_by_ref, decisions_considering, fraction_of
from tenant_apps.orders.queries import order_numbers
from tenant_apps.portal.views.entering import partner_needed, partner_page
from tenant_apps.portal.views.verdicts import Verdict, own_verdicts, person_verdict
from tenant_apps.portal.views.wording import Amount, amount
from tenant_apps.programs.queries import enrollments_of_partner

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Attribution

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A decision as a partner reads it: the order's number, its own part, why."""

    ref: str
    number: int | None
    decided_at: datetime
    version: int
    part: Amount | None
    verdicts: list[Verdict]
    others: int

    @property
    def decisive(self) -> Verdict | None:
        """The verdict that says most: of the touch that is credited, else of the last."""
        return next((each for each in self.verdicts if each.share), self.verdicts[-1] if self.verdicts else None)

    @property
    def further(self) -> int:
        """How many verdicts there are beside that one."""
        return max(0, len(self.verdicts) - 1)


@require_GET
@partner_needed
def decisions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the sales in which a touch of the partner was considered or a person credited it, the latest first."""
    own = _own(actor)
    page = Paginator(decisions_considering(own), ON_A_PAGE).get_page(request.GET.get("page"))
    found = list(page)
    numbers = order_numbers(each.order_ref for each in found)
    context = {"rows": [_row(each, own, numbers) for each in found], "page": page}
    return partner_page(request, actor, "portal/decisions.html", "decisions", context)


@require_GET
@partner_needed
def decision(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Show one decision: how each own touch was judged; one without a part of the partner does not exist here."""
    own, found = _own(actor), attribution_by_ref(ref)
    row = _row(found, own, order_numbers([found.order_ref])) if found else None
    if row is None or not row.verdicts:
        raise Http404
    return partner_page(request, actor, "portal/decision.html", "decisions", {"row": row})


def _own(actor: Actor) -> set[str]:
    return {enrollment.public_id for enrollment in enrollments_of_partner(actor.id)}


def _row(attribution: "Attribution", own: set[str], numbers: dict[str, int]) -> Row:
    judged = own_verdicts(attribution, own)
    shares = [share for share in attribution.shares.all() if share.enrollment.public_id in own]
    given = sum((fraction_of(share) for share in shares), Fraction(0))
    told = judged or ([person_verdict(attribution, given)] if shares else [])
    part = amount(sum(share.amount_minor for share in shares), attribution.currency) if shares else None
    return Row(
        ref=attribution.public_id, number=numbers.get(attribution.order_ref), decided_at=attribution.decided_at,
        version=attribution.version, part=part, verdicts=told, others=len(attribution.verdicts) - len(judged),
    )  # fmt: skip
