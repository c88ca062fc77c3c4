from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import PROBLEM, REFUSALS, Pages, Ref, door, found
from shared_apps.audit.proof import record_proof
from shared_apps.audit.schemas import ProofOut
from tenant_apps.settlements.downloading import csv_file, pdf_file
from tenant_apps.settlements.models import Statement
from tenant_apps.settlements.policies import may_see_settlements
from tenant_apps.settlements.queries import statement_by_ref
from tenant_apps.settlements.queries import statements as all_statements
from tenant_apps.settlements.schemas import StatementDetailOut, StatementOut

router = Router(tags=["settlements"])


def printed_as(content_type: str) -> dict[str, Any]:
    """Return what the API's document says of an operation that answers with a file."""
    problem = {"application/json": {"schema": PROBLEM}}
    refusals = REFUSALS | {503: "The renderer is not installed, or the document costs too much"}
    answers: dict[int, Any] = {status: {"description": text, "content": problem} for status, text in refusals.items()}
    file = {"schema": {"type": "string", "format": "binary"}}
    return {"responses": {200: {"description": "The statement", "content": {content_type: file}}} | answers}


@router.get("/statements", response=list[StatementOut])
@door(may_see_settlements)
@paginate(Pages)
def statements(request: HttpRequest, partner: Ref | None = None) -> QuerySet[Statement]:  # noqa: ARG001
    """List issued statements, the latest first; of one partner where asked."""
    issued = all_statements()
    return issued.filter(settlement__partner_ref=partner) if partner else issued


@router.get("/statements/{statement}", response=StatementDetailOut)
@door(may_see_settlements)
def statement_of(request: HttpRequest, statement: Ref) -> Statement:  # noqa: ARG001
    """Show a statement with the snapshot that its page, PDF and CSV are printed from."""
    return found(statement_by_ref(statement))


@router.get("/statements/{statement}/pdf", openapi_extra=printed_as("application/pdf"))
@door(may_see_settlements)
def pdf(request: HttpRequest, statement: Ref) -> FileResponse:  # noqa: ARG001
    """Download a statement as PDF; the same bytes whenever it is asked for."""
    return pdf_file(found(statement_by_ref(statement)))


@router.get("/statements/{statement}/csv", openapi_extra=printed_as("text/csv"))
@door(may_see_settlements)
def csv(request: HttpRequest, statement: Ref) -> StreamingHttpResponse:  # noqa: ARG001
    """Download the lines of a statement as CSV."""
    return csv_file(found(statement_by_ref(statement)))


@router.get("/statements/{statement}/proof", response=ProofOut)
@door(may_see_settlements)
def proof(request: HttpRequest, statement: Ref) -> dict[str, Any]:  # noqa: ARG001
    """Show what proves that a statement stands in a published root; 409 until the night has sealed it."""
    return record_proof(found(statement_by_ref(statement)))
