"""A frozen document as PDF."""

from tenant_apps.settlements.documents.html import html_of
from tenant_apps.settlements.documents.pages import StatementPages
from tenant_apps.settlements.documents.parts import pdf_of_pages
from tenant_apps.settlements.documents.pdf import print_page
from tenant_apps.settlements.documents.shape import Document, sha256_of


def pdf_of(snapshot: Document) -> bytes:
    """Print a snapshot as PDF; equal snapshots give equal bytes on one machine. Raises PdfTooCostly and PdfFailed."""
    if snapshot["document"] == "statement":
        return pdf_of_pages(StatementPages.of(snapshot))
    return print_page(html_of(snapshot), identifier=sha256_of(snapshot), lines=0).pdf
