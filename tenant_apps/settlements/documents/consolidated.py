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
from tenant_apps.settlements.documents.looks import SANS, numbers_page
from tenant_apps.settlements.documents.parts import pdf_of_pages
from tenant_apps.settlements.documents.sheet import text_cell
from tenant_apps.settlements.documents.wording import Covered, Wording, period_text

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


class ConsolidatedPages:
    """A consolidated statement that prints any run of its lines; the total of a currency counts as a line of it."""

    def __init__(self, told: "Consolidated", *, language: str) -> None:
        self.told, self.language, self.identifier = told, language, consolidated_sha256(told)
        self.lines = sum(len(part.rows) + 1 for entity in told.entities for part in entity.parts)

    def whole(self) -> str:
        """Return it as one self-contained page that opens no address and numbers its own sheets."""
        return self._markup(0, self.lines, numbered=True)

    def some(self, start: int, stop: int) -> str:
        """Return the lines from `start` up to `stop`, with what stands above the first and below the last."""
        return self._markup(start, stop, numbered=False)

    def numbers(self, first: int, last: int, of: int) -> str:
        """Return the sheets that bear the numbers of these pages."""
        told = [f"{page} / {of}" for page in range(first, last + 1)]
        return numbers_page(told, font=SANS, colour="#5b6472", margin="18mm 15mm")

    def _markup(self, start: int, stop: int, *, numbered: bool) -> str:
        with override(self.language):
            context = {
                "told": self.told, "month": period_text(self.told.month, language=get_language() or "en"),
                "entities": _shown(self.told, start, stop), "numbered": numbered,
                "begins": start == 0, "ends": stop == self.lines, "sha256": self.identifier,
                "language": get_language(),
            }  # fmt: skip
            return render_to_string("settlements/consolidated.html", context)


def consolidated_pdf(told: "Consolidated", *, language: str) -> bytes:
    """Print it; equal figures give equal bytes on one machine. Raises PdfTooCostly and PdfFailed."""
    return pdf_of_pages(ConsolidatedPages(told, language=language))


def consolidated_sha256(told: "Consolidated") -> str:
    """Return the hash of all its figures and of the statements they are from."""
    text = json.dumps(asdict(told), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(told: "Consolidated", start: int, stop: int) -> list[dict[str, Any]]:
    """Return what of each entity and currency stands between two lines, and whether it begins and ends there."""
    shown, before = [], 0
    for entity in told.entities:
        parts, entity_begins = [], before >= start
        for part in entity.parts:
            first, last = max(start - before, 0), min(stop - before, len(part.rows) + 1)
            if first < last:
                parts.append(_part(part, first, last, before))
            before += len(part.rows) + 1
        if parts:
            shown.append({"entity": entity, "begins": entity_begins, "parts": parts})
    return shown


def _part(part: Any, first: int, last: int, before: int) -> dict[str, Any]:
    language = get_language() or "en"
    words = Wording(language=language, currency=part.currency, exponent=exponent(part.currency))
    names = ("opening", "moved", "payout", "closing")
    money = {name: words.money(getattr(part, f"{name}_minor")) for name in (*names, "written_off")}
    money["owed_back"] = words.money(-part.owed_back_minor)
    netted = None if part.netted_minor is None else words.money(part.netted_minor)
    rows = [
        {
            "row": row, "line": f"{place}", **{name: words.money(getattr(row, f"{name}_minor")) for name in names},
            "period": period_text(Covered.frozen(row.period, row.first_on, row.last_on), language=language),
        }
        for place, row in enumerate(part.rows[first:last], start=before + first)
    ]  # fmt: skip
    count = len(part.rows)
    ends = {"begins": first == 0, "ends": last > count, "line": f"{before + count}"}
    return {"part": part, "rows": rows, **money, "netted": netted, **ends}


def _major(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).to_decimal():f}"
