from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.audit.proof import record_proof
from shared_apps.audit.schemas import ProofOut
from shared_apps.brands.clock import now
from tenant_apps.settlements import actions, queries
from tenant_apps.settlements.api.statements import printed_as
from tenant_apps.settlements.downloading import csv_file, pdf_file
from tenant_apps.settlements.models import Correction, CreditNote, Statement
from tenant_apps.settlements.policies import may_approve_settlements, may_close_periods, may_see_settlements
from tenant_apps.settlements.queries import Difference
from tenant_apps.settlements.schemas import (
    CorrectionOut,
    CreditNoteDetailOut,
    CreditNoteOut,
    DifferenceOut,
    ReasonIn,
    StatementOut,
)

router = Router(tags=["settlements"])


@router.get("/statements/{statement}/difference", response=DifferenceOut)
@door(may_see_settlements)
def difference(request: HttpRequest, statement: Ref) -> Difference:  # noqa: ARG001
    """Show what a statement would say otherwise by the parties and rates that are known now."""
    return queries.difference_now(found(queries.statement_by_ref(statement)))


@router.post("/statements/{statement}/corrections", response=CorrectionOut)
@door(may_close_periods)
def propose(request: HttpRequest, statement: Ref, told: ReasonIn) -> Correction:
    """Propose that a statement is corrected so; a second person issues the credit note and the next version."""
    issued = found(queries.statement_by_ref(statement))
    return actions.propose_correction(statement=issued, reason=told.reason, actor=actor_in(request), at=now())


@router.get("/corrections", response=list[CorrectionOut])
@door(may_see_settlements)
@paginate(Pages)
def corrections(request: HttpRequest) -> QuerySet[Correction]:  # noqa: ARG001
    """List the corrections of statements, the latest first."""
    return queries.corrections()


@router.post("/corrections/{correction}/approve", response=StatementOut)
@door(may_approve_settlements)
def approve(request: HttpRequest, correction: Ref) -> Statement:
    """Issue the credit note and the next version as the second person; return the new statement."""
    proposed = found(queries.correction_by_ref(correction))
    return actions.approve_correction(correction=proposed, actor=actor_in(request), at=now())


@router.post("/corrections/{correction}/decline", response=CorrectionOut)
@door(may_approve_settlements)
def decline(request: HttpRequest, correction: Ref, told: ReasonIn) -> Correction:
    """Decline a correction, or take one's own back: the statement stays in force."""
    proposed = found(queries.correction_by_ref(correction))
    return actions.decline_correction(correction=proposed, reason=told.reason, actor=actor_in(request), at=now())


@router.get("/credit-notes", response=list[CreditNoteOut])
@door(may_see_settlements)
@paginate(Pages)
def credit_notes(request: HttpRequest, partner: Ref | None = None) -> QuerySet[CreditNote]:  # noqa: ARG001
    """List credit notes, the latest first; of one partner where asked."""
    issued = queries.credit_notes()
    return issued.filter(statement__settlement__partner_ref=partner) if partner else issued


@router.get("/credit-notes/{note}", response=CreditNoteDetailOut)
@door(may_see_settlements)
def credit_note(request: HttpRequest, note: Ref) -> CreditNote:  # noqa: ARG001
    """Show a credit note with the snapshot that its page, PDF and CSV are printed from."""
    return found(queries.credit_note_by_ref(note))


@router.get("/credit-notes/{note}/pdf", openapi_extra=printed_as("application/pdf"))
@door(may_see_settlements)
def pdf(request: HttpRequest, note: Ref) -> FileResponse:  # noqa: ARG001
    """Download a credit note as PDF; the same bytes whenever it is asked for."""
    return pdf_file(found(queries.credit_note_by_ref(note)))


@router.get("/credit-notes/{note}/proof", response=ProofOut)
@door(may_see_settlements)
def proof(request: HttpRequest, note: Ref) -> dict[str, Any]:  # noqa: ARG001
    """Show what proves that a credit note stands in a published root; 409 until the night has sealed it."""
    return record_proof(found(queries.credit_note_by_ref(note)))


@router.get("/credit-notes/{note}/csv", openapi_extra=printed_as("text/csv"))
@door(may_see_settlements)
def csv(request: HttpRequest, note: Ref) -> StreamingHttpResponse:  # noqa: ARG001
    """Download a credit note as CSV."""
    return csv_file(found(queries.credit_note_by_ref(note)))
