"""A statement as markup, whole or some lines at a time: its lines are read only as they are needed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from tenant_apps.settlements.documents.context import head_context, statement_context
from tenant_apps.settlements.documents.looks import font_of, numbers_page, style_of
from tenant_apps.settlements.documents.shape import LinePart, Snapshot, sha256_of
from tenant_apps.settlements.documents.wording import Wording, basis_of

PARTS: Final = ("earnings", "clawbacks")
_FIGURE_MM: Final = 1.62  # width of a digit at the table's size, measured on Noto Sans and DejaVu Sans
type Reader = Callable[[str, int, int], list[LinePart]]


@dataclass(frozen=True, slots=True)
class Span:
    """How many lines a part of a statement has, and between which amounts and bases they lie."""

    count: int
    amounts: tuple[int, int] = (0, 0)
    bases: tuple[int, int] = (0, 0)


class StatementPages:
    """A statement that prints any run of its lines; the total below a part counts as a line of it."""

    def __init__(self, head: Snapshot, *, identifier: str, spans: dict[str, Span], read: Reader) -> None:
        self.head, self.identifier, self.spans, self.read = head, identifier, spans, read
        self.words = Wording(language=head["language"], currency=head["currency"], exponent=head["exponent"])
        self.lines = sum(span.count + 1 for span in spans.values() if span.count)

    @classmethod
    def of(cls, snapshot: Snapshot) -> "StatementPages":
        """Return the pages of a snapshot that is held in memory."""
        parts = {"earnings": snapshot["earnings"], "clawbacks": snapshot["clawbacks"]}
        spans = {name: _span(lines) for name, lines in parts.items()}
        return cls(snapshot, identifier=sha256_of(snapshot), spans=spans, read=lambda n, a, b: parts[n][a:b])

    def whole(self) -> str:
        """Return the statement as one page, which numbers its own sheets."""
        return self._markup(0, self.lines, numbered=True)

    def some(self, start: int, stop: int) -> str:
        """Return the lines from `start` up to `stop`, with what stands above the first and below the last."""
        return self._markup(start, stop, numbered=False)

    def numbers(self, first: int, last: int, of: int) -> str:
        """Return the sheets that bear the numbers of these pages."""
        look = self.head["look"]
        with override(self.head["language"]):
            told = [_("Page %(page)s of %(pages)s") % {"page": page, "pages": of} for page in range(first, last + 1)]
            return numbers_page(told, font=font_of(look), colour=look["muted"], margin="22mm 17mm 21mm")

    def _markup(self, start: int, stop: int, *, numbered: bool) -> str:
        head, words = self.head, self.words
        with override(head["language"]):
            style = style_of(head["look"], self._widths(), numbered=numbered, goes_on=start > 0)
            context = head_context(head, words, self.identifier) | statement_context(head, words)
            sections = self._sections(start, stop, numbered=numbered)
            ends = {"begins": start == 0, "ends": stop == self.lines, "style": style, "sections": sections}
            return render_to_string("settlements/statement.html", context | ends)

    def _sections(self, start: int, stop: int, *, numbered: bool) -> list[dict[str, Any]]:
        """Return the tables of these lines: what was earned, then what was taken back."""
        names = {
            "earnings": (_("Earnings"), pgettext("statement", "For what"), _("Total of earnings"), 6),
            "clawbacks": (_("Clawbacks"), pgettext("statement", "From what"), _("Total of clawbacks"), 4),
        }
        totals = {"earnings": self.head["earned_minor"], "clawbacks": self.head["clawback_minor"]}
        sections, before = [], 0
        for part in PARTS:
            count = self.spans[part].count
            first, last = max(start - before, 0), min(stop - before, count + 1)
            if count and first < last:
                name, what, total_name, columns = names[part]
                rows = [_row(line, self.words) for line in self.read(part, first, min(last, count))]
                for place, row in enumerate(rows, start=before + first):
                    row["line"] = "" if numbered else f"{place}"
                sections.append({
                    "name": name, "what": what, "total_name": total_name, "columns": columns, "rows": rows,
                    "has_total": last > count, "total": self.words.figure(totals[part]),
                    "line": "" if numbered else f"{before + count}", "negative": totals[part] < 0,
                    "has_base": columns == 6, "before_amount": columns - 1,
                })  # fmt: skip
            before += count + 1 if count else 0
        return sections

    def _widths(self) -> dict[str, str]:
        head, (earned, clawed) = self.head, (self.spans[part] for part in PARTS)
        adjusted = [each["amount_minor"] for each in head["adjustments"]]
        amounts = [*earned.amounts, *clawed.amounts, *adjusted, head["earned_minor"], head["clawback_minor"]]
        bases = list(earned.bases) if earned.count else []
        return {"amount-width": _width(amounts, self.words), "base-width": _width(bases, self.words)}


def _span(lines: list[LinePart]) -> Span:
    if not lines:
        return Span(0)
    amounts, bases = [line["amount_minor"] for line in lines], [line["base_minor"] for line in lines]
    return Span(len(lines), (min(amounts), max(amounts)), (min(bases), max(bases)))


def _width(amounts: list[int], words: Wording) -> str:
    longest = max((len(words.figure(minor)) for minor in amounts), default=0)
    return f"{max(20.0, longest * _FIGURE_MM + 3):.1f}mm"


def _row(line: LinePart, words: Wording) -> dict[str, Any]:
    original = line["original"]
    return {
        "on": words.day(line["on"]),
        "order": line["order"],
        "title": line["title"],
        "basis": _origin(original, words) if original else basis_of(line),
        "base": "" if original else words.figure(line["base_minor"]),
        "rate": "" if original else words.percent(line["rate"]),
        "amount": words.figure(line["amount_minor"]),
        "negative": line["amount_minor"] < 0,
        "nothing": line["amount_minor"] == 0,
    }


def _origin(original: Any, words: Wording) -> str:
    facts = {
        "amount": words.money(original["amount_minor"]),
        "order": original["order"],
        "day": words.day(original["on"]),
        "statement": original["statement"],
    }
    if original["statement"]:
        return _("Takes back from %(amount)s of order %(order)s, %(day)s, on statement %(statement)s") % facts
    return _("Takes back from %(amount)s of order %(order)s, %(day)s") % facts
