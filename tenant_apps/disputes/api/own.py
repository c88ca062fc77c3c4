"""Claims to credit as a partner makes and reads them: its own, and those it is heard in, as in the portal."""

from typing import Annotated

from django.http import FileResponse, HttpRequest
from ninja import File, Form, Router, UploadedFile
from ninja.pagination import paginate

from kernel.strict import Text
from shared_apps.accounts.doors import Listing, Pages, Ref, actor_in, found, partner_door
from shared_apps.brands.clock import now
from tenant_apps.disputes import actions
from tenant_apps.disputes.downloading import evidence_file
from tenant_apps.disputes.files import read_files
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.policies import (
    may_answer_dispute,
    may_claim_credit,
    may_see_own_disputes,
    may_withdraw_own_dispute,
)
from tenant_apps.disputes.queries import (
    OwnClaim,
    disputes_of_partner,
    evidence_by_ref,
    own_claims,
    party_of,
    side_of,
)
from tenant_apps.disputes.schemas import OpenIn, OwnAnswerIn, OwnClaimOut, WithdrawIn
from tenant_apps.programs.queries import enrollments_of_partner

router = Router(tags=["partner"])


@router.get("/partner/claims", response=list[OwnClaimOut])
@partner_door(may_see_own_disputes)
@paginate(Pages)
def claims(request: HttpRequest) -> Listing[CreditDispute, OwnClaim]:
    """List the claims you make or are heard in, the latest first."""
    partner = actor_in(request).id
    return Listing(disputes_of_partner(partner), lambda page: own_claims(page, partner))


@router.post("/partner/claims", response=OwnClaimOut)
@partner_door(may_claim_credit)
def file(request: HttpRequest, payload: OpenIn) -> OwnClaim:
    """Claim a part of a sale, named as you know it; one in which you had no part is first looked at by the brand."""
    deals = enrollments_of_partner(actor_in(request).id)
    claimant = found(deals.filter(public_id=payload.enrollment).first())
    told = payload.model_dump(exclude={"enrollment"})
    made = actions.file_claim(claimant=claimant, actor=actor_in(request), at=now(), **told)
    return _told(request, made.public_id)


@router.get("/partner/claims/{claim}", response=OwnClaimOut)
@partner_door(may_see_own_disputes)
def claim(request: HttpRequest, claim: Ref) -> OwnClaim:
    """Show what both sides say, what you showed, and how it ended."""
    return _told(request, claim)


@router.post("/partner/claims/{claim}/answer", response=OwnClaimOut)
@partner_door(may_see_own_disputes)
def answer(request: HttpRequest, claim: Ref, payload: OwnAnswerIn) -> OwnClaim:
    """Say your side to a claim of another partner before the deadline; said again, the last word stands."""
    dispute, partner = _own(request, claim), actor_in(request)
    heard = found(dispute if may_answer_dispute.test(partner, dispute) else None)
    party = found(party_of(heard, partner.id))
    actions.answer_dispute(dispute=heard, party=party, actor=partner, at=now(), **payload.model_dump())
    return _told(request, claim)


@router.post("/partner/claims/{claim}/evidence", response=OwnClaimOut)
@partner_door(may_see_own_disputes)
def show(
    request: HttpRequest,
    claim: Ref,
    files: Annotated[list[UploadedFile], File(default_factory=list)],
    links: Annotated[list[Text], Form(default_factory=list, max_length=10)],
) -> OwnClaim:
    """Show more for your side before the deadline: PDF, PNG, JPEG or plain text of at most 5 MB, web addresses.

    At most ten pieces in all. Only the brand sees them; the other side learns how many there are.
    """
    dispute, partner = _own(request, claim), actor_in(request)
    side = found(side_of(dispute, partner.id))
    actions.add_evidence(
        dispute=dispute, enrollment=side, files=read_files(files), links=links, actor=partner, at=now()
    )
    return _told(request, claim)


@router.get("/partner/claims/evidence/{evidence}/file")
@partner_door(may_see_own_disputes)
def evidence(request: HttpRequest, evidence: Ref) -> FileResponse:
    """Download a file that you showed."""
    piece = found(evidence_by_ref(evidence))
    return evidence_file(found(piece if piece.enrollment.partner_ref == actor_in(request).id else None))


@router.post("/partner/claims/{claim}/withdraw", response=OwnClaimOut)
@partner_door(may_claim_credit)
def withdraw(request: HttpRequest, claim: Ref, payload: WithdrawIn) -> OwnClaim:
    """Take your own claim back; what it froze goes on."""
    dispute = _own(request, claim)
    mine = found(dispute if may_withdraw_own_dispute.test(actor_in(request), dispute) else None)
    actions.withdraw_dispute(dispute=mine, reason=payload.reason, actor=actor_in(request), at=now())
    return _told(request, claim)


def _own(request: HttpRequest, claim: str) -> CreditDispute:
    """Return a claim the partner makes or is heard in; any other is as unknown as one that is none."""
    return found(disputes_of_partner(actor_in(request).id).filter(public_id=claim).first())


def _told(request: HttpRequest, claim: str) -> OwnClaim:
    [told] = own_claims([_own(request, claim)], actor_in(request).id)
    return told
