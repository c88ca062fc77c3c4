"""Statements as documents: one frozen snapshot, printed as HTML, PDF and CSV.

A snapshot is plain JSON with everything a reader needs: parties, look, balances, lines. Its hash is
the statement's identity; what is printed is never recomputed from live rows, so a statement opened
in ten years says what it said when it was issued.
"""

from tenant_apps.settlements.documents.binding import OPENING, Told, ending
from tenant_apps.settlements.documents.consolidated import (
    ConsolidatedPages,
    consolidated_csv,
    consolidated_pdf,
    consolidated_sha256,
)
from tenant_apps.settlements.documents.credit_note import credit_note_of
from tenant_apps.settlements.documents.html import html_of, style_source_of
from tenant_apps.settlements.documents.pages import Span, StatementPages
from tenant_apps.settlements.documents.parts import PART_LINES, next_chunk, pdf_of_pages
from tenant_apps.settlements.documents.pdf import PdfFailed, PdfTooCostly
from tenant_apps.settlements.documents.printed import pdf_of
from tenant_apps.settlements.documents.shape import SCHEMA, Document, Snapshot, canonical, sha256_of
from tenant_apps.settlements.documents.sheet import csv_of, csv_runs
from tenant_apps.settlements.documents.wording import ADJUSTMENTS, Bounded, Covered, period_text

__all__ = [
    "ADJUSTMENTS",
    "OPENING",
    "PART_LINES",
    "SCHEMA",
    "Bounded",
    "ConsolidatedPages",
    "Covered",
    "Document",
    "PdfFailed",
    "PdfTooCostly",
    "Snapshot",
    "Span",
    "StatementPages",
    "Told",
    "canonical",
    "consolidated_csv",
    "consolidated_pdf",
    "consolidated_sha256",
    "credit_note_of",
    "csv_of",
    "csv_runs",
    "ending",
    "html_of",
    "next_chunk",
    "pdf_of",
    "pdf_of_pages",
    "period_text",
    "sha256_of",
    "style_source_of",
]
