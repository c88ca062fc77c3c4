"""The consolidated statement as CSV and PDF: the same figures as the page, each brand's statement by its hash."""

import csv
import hashlib
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from kernel.currencies import exponent
from kernel.money import Money
from tenant_apps.settlements.documents.pdf import print_page
from tenant_apps.settlements.documents.sheet import text_cell
from tenant_apps.settlements.documents.wording import Wording

if TYPE_CHECKING:
    from tenant_apps.settlements.queries.consolidating import Consolidated

HEADER = (
    "kind", "entity", "vat_id", "brand", "statement", "version", "period", "opening", "moved", "written_off", "payout",
    "closing", "owed_back", "netted", "currency", "sha256",
)  # fmt: skip


def consolidated_csv(told: "Consolidated") -> str:
    """Return the figures as CSV (UTF-8, CRLF, major units with a point): each statement, then its currency's total."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for entity in told.entities:
        who = [text_cell(entity.name), text_cell(entity.vat_id)]
        for part in entity.parts:
            code = part.currency
            for row in part.rows:
                figures = [_major(each, code) for each in (row.opening_minor, row.moved_minor)]
                ends = [_major(each, code) for each in (row.payout_minor, row.closing_minor)]
                named = [text_cell(row.brand_name), row.number, row.version, row.period]
                writer.writerow(["statement", *who, *named, *figures, "", *ends, "", "", code, row.sha256])
            sums = (
                part.opening_minor, part.moved_minor, part.written_off_minor, part.payout_minor, part.closing_minor,
                part.owed_back_minor,
            )  # fmt: skip
            netted = "" if part.netted_minor is None else _major(part.netted_minor, code)
            writer.writerow(["total", *who, "", "", "", "", *(_major(each, code) for each in sums), netted, code, ""])
    return out.getvalue()


def consolidated_html(told: "Consolidated", *, language: str) -> str:
    """Return the document as one self-contained page that opens no address."""
    with override(language):
        return render_to_string(
            "settlements/consolidated.html",
            {"told": told, "entities": _shown(told), "sha256": consolidated_sha256(told), "language": get_language()},
        )


def consolidated_pdf(told: "Consolidated", *, language: str) -> bytes:
    """Print it; equal figures give equal bytes on one machine. Raises PdfTooCostly and PdfFailed."""
    rows = sum(len(part.rows) for entity in told.entities for part in entity.parts)
    return print_page(consolidated_html(told, language=language), identifier=consolidated_sha256(told), lines=rows).pdf


def consolidated_sha256(told: "Consolidated") -> str:
    """Return the hash of all its figures and of the statements they are from."""
    text = json.dumps(asdict(told), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(told: "Consolidated") -> list[dict[str, Any]]:
    return [
        {"entity": entity, "parts": [_part(part) for part in entity.parts]} for entity in told.entities
    ]  # fmt: skip


def _part(part: Any) -> dict[str, Any]:
    words = Wording(language=get_language() or "en", currency=part.currency, exponent=exponent(part.currency))
    names = ("opening", "moved", "payout", "closing")
    money = {name: words.money(getattr(part, f"{name}_minor")) for name in (*names, "owed_back", "written_off")}
    netted = None if part.netted_minor is None else words.money(part.netted_minor)
    rows = [{"row": row, **{name: words.money(getattr(row, f"{name}_minor")) for name in names}} for row in part.rows]
    return {"part": part, "rows": rows, **money, "netted": netted}


def _major(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).to_decimal():f}"
