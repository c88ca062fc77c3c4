from typing import Any

from django.http import HttpRequest

from kernel.errors import DomainError
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.brands.clock import now
from tenant_apps.attribution.queries import attribution_by_ref
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import Kind
from tenant_apps.console.forms.claims import terms_told
from tenant_apps.console.showing import part_text
from tenant_apps.disputes.actions import rehearse_decision
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.policies import may_decide_disputes, may_open_disputes
from tenant_apps.disputes.queries import dispute_by_ref
from tenant_apps.disputes.states import DisputeState
from tenant_apps.orders.models import Order
from tenant_apps.orders.queries import order_called
from tenant_apps.programs.models import Enrollment


def dispute_story(request: HttpRequest, dispute: CreditDispute) -> dict[str, Any]:
    """Return a claim beside the decision it disputes: both sides' words and evidence, and what granting it moves."""
    claim = dispute_by_ref(dispute.public_id) or dispute
    actor, granted = actor_of(request), request.GET.get("granted", "").strip() or claim.claimed
    moved, refused, moment = [], "", now()
    is_new = claim.state == DisputeState.SUBMITTED
    if DisputeState(claim.state).is_open and not is_new:
        try:
            moved = rehearse_decision(dispute=claim, granted=granted, actor=actor, at=moment)
        except DomainError as failure:
            refused = refusal_text(failure)
    attribution = attribution_by_ref(claim.attribution_ref)
    shown: dict[int, list[Any]] = {}
    for piece in claim.evidence.all():
        shown.setdefault(piece.enrollment_id, []).append(piece)
    is_own = not actor.is_second_after(claim.opened_by)
    return {
        "dispute": claim, "moment": moment, "terms": terms_told(claim.terms),
        "order": order_called(claim.order_named) if is_new else Order.objects.filter(public_id=claim.order_ref).first(),
        "is_new": is_new, "may_open_up": is_new and may_open_disputes(actor),
        "attribution": attribution,
        "names": {each.public_id: str(each) for each in Enrollment.objects.all()[:500]},
        "own_evidence": shown.get(claim.claimant_id, []),
        "sides": [{"party": each, "evidence": shown.get(each.enrollment_id, [])} for each in claim.parties.all()],
        "had": part_text(claim.had), "claimed": part_text(claim.claimed),
        "given": part_text(claim.granted) if claim.granted else "",
        "frozen": Commission.objects.filter(
            cause_ref=claim.public_id, kind=Kind.ADJUSTMENT, amount_minor__gt=0
        ).select_related("enrollment"),
        "may_open": may_open_disputes(actor), "granted": granted, "moved": moved, "refused": refused,
        "may_decide": may_decide_disputes(actor) and not is_own and claim.state == "hearing",
        "is_open": DisputeState(claim.state).is_open, "is_heard": DisputeState(claim.state).is_open and not is_new,
        "is_own": is_own,
    }  # fmt: skip
