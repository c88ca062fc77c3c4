from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from ninja import Router
from ninja.pagination import paginate

from kernel.errors import InvalidInput
from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.disputes import actions, queries
from tenant_apps.disputes.downloading import evidence_file
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.policies import (
    may_decide_disputes,
    may_open_disputes,
    may_see_disputes,
    may_set_dispute_policy,
)
from tenant_apps.disputes.schemas import (
    AnswerIn,
    ClaimIn,
    DecideIn,
    DisputeOut,
    MovementOut,
    OpenIn,
    TermsIn,
    TermsOut,
    WithdrawIn,
)
from tenant_apps.disputes.states import DisputeState
from tenant_apps.programs.queries import enrollment_by_ref

router = Router(tags=["disputes of credit"])


@router.get("/credit-disputes", response=list[DisputeOut])
@door(may_see_disputes)
@paginate(Pages)
def disputes(
    request: HttpRequest,  # noqa: ARG001
    state: DisputeState | None = None,
    order: Ref | None = None,
    partner: Ref | None = None,
) -> QuerySet[CreditDispute]:
    """List claims to credit, the latest first: of one state, one order, one claimant."""
    asked = {"state": state, "order_ref": order, "claimant__partner_ref": partner}
    return queries.all_disputes().filter(**{name: value for name, value in asked.items() if value})


@router.get("/credit-disputes/policy", response=TermsOut)
@door(may_see_disputes)
def policy(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Show the brand's terms for claims."""
    latest = queries.latest_policy()
    return {"number": latest.number if latest else 0, "terms": queries.terms_in_force(now()).as_dict()}


@router.post("/credit-disputes/policy", response=TermsOut)
@door(may_set_dispute_policy)
def set_policy(request: HttpRequest, payload: TermsIn) -> dict[str, Any]:
    """Set the brand's terms for claims from now on."""
    made = actions.set_policy(terms=payload.given(), actor=actor_in(request), at=now())
    return {"number": made.number, "terms": made.terms}


@router.post("/credit-disputes/preview", response=list[MovementOut])
@door(may_open_disputes)
def preview_claim(request: HttpRequest, payload: ClaimIn) -> list[actions.Movement]:
    """Say what a claim would move if it were accepted, by participant and line. Books nothing."""
    return actions.rehearse_claim(
        order_ref=payload.order, claimant=found(enrollment_by_ref(payload.enrollment)), claimed=payload.claimed,
        actor=actor_in(request), at=now(),
    )  # fmt: skip


@router.post("/credit-disputes", response=DisputeOut)
@door(may_open_disputes)
def open_dispute(request: HttpRequest, payload: OpenIn) -> CreditDispute:
    """Open a claim for a partner; whoever does cannot decide it."""
    made = actions.open_dispute(
        order_ref=payload.order, claimant=found(enrollment_by_ref(payload.enrollment)), claimed=payload.claimed,
        grounds=payload.grounds, statement=payload.statement, links=payload.links, actor=actor_in(request), at=now(),
    )  # fmt: skip
    return found(queries.dispute_by_ref(made.public_id))


@router.get("/credit-disputes/{dispute}", response=DisputeOut)
@door(may_see_disputes)
def dispute_of(request: HttpRequest, dispute: Ref) -> CreditDispute:  # noqa: ARG001
    """Show a claim with what both sides say and show."""
    return found(queries.dispute_by_ref(dispute))


@router.get("/credit-disputes/{dispute}/preview", response=list[MovementOut])
@door(may_see_disputes)
def preview_decision(request: HttpRequest, dispute: Ref, granted: str = "") -> list[actions.Movement]:
    """Say what granting a part (all that is claimed where none is named) would move. Books nothing."""
    claim = found(queries.dispute_by_ref(dispute))
    return actions.rehearse_decision(dispute=claim, granted=granted or claim.claimed, actor=actor_in(request), at=now())


@router.post("/credit-disputes/{dispute}/answer", response=DisputeOut)
@door(may_open_disputes)
def answer(request: HttpRequest, dispute: Ref, payload: AnswerIn) -> CreditDispute:
    """Write down what a counterparty says to a claim."""
    claim = found(queries.dispute_by_ref(dispute))
    party = next((each for each in claim.parties.all() if each.enrollment.public_id == payload.enrollment), None)
    if party is None:
        raise InvalidInput(field="enrollment", message="is no counterparty of this claim")
    actions.answer_dispute(
        dispute=claim, party=party, position=payload.position, statement=payload.statement, links=payload.links,
        actor=actor_in(request), at=now(),
    )  # fmt: skip
    return found(queries.dispute_by_ref(dispute))


@router.post("/credit-disputes/{dispute}/decide", response=DisputeOut)
@door(may_decide_disputes)
def decide(request: HttpRequest, dispute: Ref, payload: DecideIn) -> CreditDispute:
    """Decide a claim; commissions follow by new lines."""
    claim = found(queries.dispute_by_ref(dispute))
    actions.decide_dispute(
        dispute=claim, granted=payload.granted, reason=payload.reason, actor=actor_in(request), at=now()
    )
    return found(queries.dispute_by_ref(dispute))


@router.post("/credit-disputes/{dispute}/open", response=DisputeOut)
@door(may_open_disputes)
def open_submitted(request: HttpRequest, dispute: Ref) -> CreditDispute:
    """Open up a claim that a partner submitted on a sale in which it had no part."""
    claim = found(queries.dispute_by_ref(dispute))
    actions.open_submitted(dispute=claim, actor=actor_in(request), at=now())
    return found(queries.dispute_by_ref(dispute))


@router.post("/credit-disputes/{dispute}/withdraw", response=DisputeOut)
@door(may_open_disputes)
def withdraw(request: HttpRequest, dispute: Ref, payload: WithdrawIn) -> CreditDispute:
    """Take a claim back for its claimant."""
    claim = found(queries.dispute_by_ref(dispute))
    actions.withdraw_dispute(dispute=claim, reason=payload.reason, actor=actor_in(request), at=now())
    return found(queries.dispute_by_ref(dispute))


@router.get("/credit-disputes/evidence/{evidence}/file")
@door(may_see_disputes)
def evidence(request: HttpRequest, evidence: Ref) -> FileResponse:  # noqa: ARG001
    """Download a file that a party showed."""
    return evidence_file(found(queries.evidence_by_ref(evidence)))
