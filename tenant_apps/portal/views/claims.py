"""Claims to credit in the portal: file one, answer one as the other side, show more, take one back.

A partner reads its own words and the other side's, never who the other side is, what it showed or what it earns.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.actor import Actor
from kernel.errors import DomainError
from shared_apps.brands.clock import now
from tenant_apps.commissions.queries import frozen_parts, percent_text
from tenant_apps.disputes.actions import (
    add_evidence,
    answer_dispute,
    file_claim,
    rehearse_claim,
    withdraw_dispute,
)
from tenant_apps.disputes.downloading import evidence_file
from tenant_apps.disputes.policies import may_answer_dispute, may_view_own_dispute, may_withdraw_own_dispute
from tenant_apps.disputes.queries import disputes_of_partner, evidence_by_ref, had_part, party_of, side_of
from tenant_apps.disputes.states import DisputeState, Grounds, Position
from tenant_apps.orders.queries import order_called, order_numbers
from tenant_apps.portal.forms.claims import GROUNDS, POSITIONS, AnswerForm, ClaimForm, TellingForm
from tenant_apps.portal.views.entering import partner_needed, partner_page
from tenant_apps.portal.views.wording import Amount, amount
from tenant_apps.programs.queries import enrollments_of_partner

if TYPE_CHECKING:
    from tenant_apps.disputes.models import CreditDispute

ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A claim as its partner reads it: the sale's number, whose claim it is, which part it is about."""

    dispute: "CreditDispute"
    order: str
    is_own: bool
    claimed: str
    to_answer: bool


@require_GET
@partner_needed
def claims(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the claims the partner makes or is heard in, the latest first."""
    page = Paginator(disputes_of_partner(actor.id), ON_A_PAGE).get_page(request.GET.get("page"))
    found = list(page)
    numbers = order_numbers(each.order_ref for each in found)
    context = {"rows": [_row(each, actor, numbers) for each in found], "page": page}
    return partner_page(request, actor, "portal/claims.html", "claims", context)


@require_http_methods(["GET", "POST"])
@partner_needed
def new_claim(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Claim a part of a sale: first what it would bring is shown, then it is filed.

    Of a sale in which the partner had no part nothing is shown, and nothing tells it from one that does not exist.
    """
    deals = [deal for deal in enrollments_of_partner(actor.id) if deal.state == "active"]
    first = {"order": request.GET.get("order", "")}
    form = ClaimForm(request.POST or None, request.FILES or None, initial=first, deals=deals)
    brings: list[Amount] | None = None
    is_shown = False
    if request.method == "POST" and form.is_valid():
        try:
            answer = _claimed(request, form, actor, deals)
        except DomainError as wrong:
            form.refuse(wrong)
        else:
            if isinstance(answer, HttpResponse):
                return answer
            brings, is_shown = answer, True
    context = {"form": form, "deals": deals, "brings": brings, "is_shown": is_shown}
    status = {"status": 422} if form.errors else {}
    return partner_page(request, actor, "portal/claim_new.html", "claims", context, **status)


@require_GET
@partner_needed
def claim(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Show a claim: what both sides say, what was shown by the partner, what is frozen, how it ended."""
    return _page(request, actor, _own(actor, ref))


@require_POST
@partner_needed
def answer_claim(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Say the other side's word to a claim."""
    dispute = _own(actor, ref)
    party = party_of(dispute, actor.id)
    if party is None or not may_answer_dispute(actor, dispute):
        raise Http404
    form = AnswerForm(request.POST, request.FILES)
    said = form.cleaned_data if form.is_valid() else {}
    if said:
        try:
            answer_dispute(dispute=dispute, party=party, actor=actor, at=now(), **said)
        except DomainError as wrong:
            form.refuse(wrong)
        else:
            messages.success(request, _("Your answer is with the brand."))
            return HttpResponseRedirect(reverse("portal_claim", args=[ref]))
    return _page(request, actor, dispute, form)


@require_POST
@partner_needed
def show_more(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Add evidence to one's side before the deadline."""
    dispute = _own(actor, ref)
    form = TellingForm({"statement": "-", "links": request.POST.get("links", "")}, request.FILES)
    side = side_of(dispute, actor.id)
    if side is None:
        raise Http404
    if form.is_valid():
        said = {"files": form.cleaned_data["files"], "links": form.cleaned_data["links"]}
        try:
            add_evidence(dispute=dispute, enrollment=side, actor=actor, at=now(), **said)
        except DomainError as wrong:
            form.refuse(wrong)
    wrong_words = " ".join(str(word) for words in form.errors.values() for word in words)
    if wrong_words:
        messages.error(request, wrong_words)
    else:
        messages.success(request, _("The brand sees it now."))
    return HttpResponseRedirect(reverse("portal_claim", args=[ref]))


@require_POST
@partner_needed
def withdraw_claim(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Take one's own claim back, with a reason."""
    dispute = _own(actor, ref)
    if not may_withdraw_own_dispute(actor, dispute):
        raise Http404
    try:
        withdraw_dispute(dispute=dispute, reason=request.POST.get("reason", "")[:500], actor=actor, at=now())
        messages.success(request, _("Your claim is taken back; what it froze goes on."))
    except DomainError:
        messages.error(request, _("This claim has ended already."))
    return HttpResponseRedirect(reverse("portal_claim", args=[ref]))


@require_GET
@partner_needed
def evidence(request: HttpRequest, actor: Actor, ref: str) -> FileResponse:  # noqa: ARG001
    """Hand out a file that this partner showed."""
    piece = evidence_by_ref(ref)
    if piece is None or piece.enrollment.partner_ref != actor.id:
        raise Http404
    return evidence_file(piece)


def _claimed(
    request: HttpRequest, form: ClaimForm, actor: Actor, deals: list[Any]
) -> HttpResponse | list[Amount] | None:
    """File the claim, or return what it would bring; None where the partner must not know."""
    said = form.cleaned_data
    claimant = next(deal for deal in deals if deal.public_id == said["enrollment"])
    wish: dict[str, Any] = {"claimant": claimant, "claimed": said["claimed"], "actor": actor, "at": now()}
    if request.POST.get("do") == "file":
        told = {name: said[name] for name in ("grounds", "statement", "files", "links")}
        made = file_claim(order=said["order"], **wish, **told)
        if made.state == DisputeState.SUBMITTED:
            messages.success(request, _("Your claim is with the brand. It looks first which sale you mean."))
        else:
            messages.success(request, _("Your claim is with the brand. The other side is told and heard."))
        return HttpResponseRedirect(reverse("portal_claim", args=[made.public_id]))
    order = order_called(said["order"])
    if order is None or not had_part(order.public_id, actor.id):
        return None
    gains: dict[str, int] = {}
    for move in rehearse_claim(order_ref=order.public_id, **wish):
        if move.partner_ref == actor.id:
            gains[move.currency] = gains.get(move.currency, 0) + move.difference_minor
    return [amount(minor, currency) for currency, minor in sorted(gains.items())]


def _own(actor: Actor, ref: str) -> "CreditDispute":
    dispute = disputes_of_partner(actor.id).filter(public_id=ref).first()
    if dispute is None or not may_view_own_dispute(actor, dispute):
        raise Http404
    return dispute


def _page(request: HttpRequest, actor: Actor, dispute: "CreditDispute", form: AnswerForm | None = None) -> HttpResponse:
    numbers = order_numbers([dispute.order_ref])
    row = _row(dispute, actor, numbers)
    shown = list(dispute.evidence.all())
    own = [piece for piece in shown if piece.enrollment.partner_ref == actor.id]
    mine = party_of(dispute, actor.id)
    others = [each for each in dispute.parties.all() if each.enrollment.partner_ref != actor.id and each.statement]
    frozen: dict[str, int] = {}
    for line in frozen_parts(dispute.public_id).filter(partner_ref=actor.id):
        frozen[line.currency] = frozen.get(line.currency, 0) + line.amount_minor
    context = {
        "row": row, "claim": dispute, "grounds": GROUNDS[Grounds(dispute.grounds)], "mine": mine,
        "position": POSITIONS[Position(mine.position)] if mine and mine.position else "",
        "others": [(POSITIONS[Position(each.position)], each.statement) for each in others],
        "own_evidence": own, "other_evidence": len(shown) - len(own),
        "had": _part(dispute.had), "granted": _part(dispute.granted) if dispute.granted else "",
        "is_open": DisputeState(dispute.state).is_open,
        "frozen": [amount(minor, currency) for currency, minor in sorted(frozen.items())],
        "form": form or AnswerForm(initial={"position": mine.position, "statement": mine.statement} if mine else None),
    }  # fmt: skip
    status = {"status": 422} if form else {}
    return partner_page(request, actor, "portal/claim.html", "claims", context, **status)


def _row(dispute: "CreditDispute", actor: Actor, numbers: dict[str, int]) -> Row:
    number = numbers.get(dispute.order_ref)
    is_own = dispute.claimant.partner_ref == actor.id
    silent = any(each.enrollment.partner_ref == actor.id and not each.position for each in dispute.parties.all())
    return Row(
        dispute, f"#{number}" if number else dispute.order_named or dispute.order_ref, is_own, _part(dispute.claimed),
        not is_own and silent and DisputeState(dispute.state).is_open,
    )  # fmt: skip


def _part(text: str) -> str:
    part = Fraction(text)
    return percent_text(Decimal(part.numerator) / Decimal(part.denominator)) if part.denominator in _EVEN else text


_EVEN = frozenset(2**two * 5**five for two in range(7) for five in range(5))
"""Denominators whose parts are short decimals; 1/3 stays 1/3."""
