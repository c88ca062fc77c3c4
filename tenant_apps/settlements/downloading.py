"""Handing out statements and credit notes as files: the same bytes in the portal and over the API."""

from itertools import chain

from django.http import FileResponse, StreamingHttpResponse

from tenant_apps.settlements.documents import csv_of
from tenant_apps.settlements.models import CreditNote, Statement
from tenant_apps.settlements.printing import print_statement
from tenant_apps.settlements.queries import csv_of_statement


def pdf_file(document: Statement | CreditNote) -> FileResponse:
    """Return the PDF, rendered now unless it was before. Raises BeingPrinted, PdfFailed and PdfTooCostly."""
    printed = print_statement(document).open("rb")
    name = f"{document.number}.pdf"
    answer = FileResponse(printed, as_attachment=True, filename=name, content_type="application/pdf")
    answer["Cache-Control"] = "private, no-store"
    return answer


def csv_file(document: Statement | CreditNote, *, for_spreadsheets: bool = False) -> StreamingHttpResponse:
    """Return the lines as CSV; on demand with the byte order mark by which spreadsheets know UTF-8."""
    sheet = csv_of_statement(document) if isinstance(document, Statement) else iter([csv_of(document.snapshot)])
    marked = chain(["\ufeff"], sheet) if for_spreadsheets else sheet
    named = {
        "Content-Disposition": f'attachment; filename="{document.number}.csv"', "Cache-Control": "private, no-store",
    }  # fmt: skip
    return StreamingHttpResponse(marked, content_type="text/csv; charset=utf-8", headers=named)
