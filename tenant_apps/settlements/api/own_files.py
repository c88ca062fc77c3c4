"""A partner's own statements as files, and what proves that they are the ones that were issued: as in the portal."""

from typing import Any

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from ninja import Router

from shared_apps.accounts.doors import Ref, found, partner_door
from shared_apps.audit.proof import record_proof
from shared_apps.audit.schemas import ProofOut
from tenant_apps.settlements.api.own import own_statement
from tenant_apps.settlements.api.statements import printed_as
from tenant_apps.settlements.downloading import csv_file, pdf_file
from tenant_apps.settlements.models import CreditNote
from tenant_apps.settlements.policies import may_see_own_settlements
from tenant_apps.settlements.queries import credit_note_of_statement

router = Router(tags=["partner"])


@router.get("/partner/statements/{statement}/pdf", openapi_extra=printed_as("application/pdf"))
@partner_door(may_see_own_settlements)
def pdf(request: HttpRequest, statement: Ref) -> FileResponse:
    """Download your statement as PDF; 409 with how far it is while a long one is being printed."""
    return pdf_file(own_statement(request, statement))


@router.get("/partner/statements/{statement}/csv", openapi_extra=printed_as("text/csv"))
@partner_door(may_see_own_settlements)
def csv(request: HttpRequest, statement: Ref) -> StreamingHttpResponse:
    """Download the lines of your statement as CSV."""
    return csv_file(own_statement(request, statement))


@router.get("/partner/statements/{statement}/proof", response=ProofOut)
@partner_door(may_see_own_settlements)
def proof(request: HttpRequest, statement: Ref) -> dict[str, Any]:
    """Show what proves that your statement stands in a published root; 409 until the night has sealed it."""
    return record_proof(own_statement(request, statement))


@router.get("/partner/statements/{statement}/credit-note/pdf", openapi_extra=printed_as("application/pdf"))
@partner_door(may_see_own_settlements)
def credit_note_pdf(request: HttpRequest, statement: Ref) -> FileResponse:
    """Download the credit note that cancels your statement as PDF; 404 while the statement is in force."""
    return pdf_file(_credit_note(request, statement))


@router.get("/partner/statements/{statement}/credit-note/csv", openapi_extra=printed_as("text/csv"))
@partner_door(may_see_own_settlements)
def credit_note_csv(request: HttpRequest, statement: Ref) -> StreamingHttpResponse:
    """Download the credit note that cancels your statement as CSV."""
    return csv_file(_credit_note(request, statement))


@router.get("/partner/statements/{statement}/credit-note/proof", response=ProofOut)
@partner_door(may_see_own_settlements)
def credit_note_proof(request: HttpRequest, statement: Ref) -> dict[str, Any]:
    """Show what proves that the credit note which cancels your statement stands in a published root."""
    return record_proof(_credit_note(request, statement))


def _credit_note(request: HttpRequest, statement: str) -> CreditNote:
    return found(credit_note_of_statement(own_statement(request, statement)))
