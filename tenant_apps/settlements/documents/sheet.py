"""The statement as a spreadsheet's CSV: the same lines, cells that cannot run, numbers that stay numbers."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import override

from tenant_apps.settlements.documents.shape import CreditNoteSnapshot, Document, LinePart, Snapshot, sha256_of
from tenant_apps.settlements.documents.wording import Wording, vat_reason

# A spreadsheet runs a cell that begins so. The full-width forms are turned into these by some imports,
# and a leading tab or line break hides what follows from naive guards.
_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
MOVEMENTS: Final = ("adjustment", "vat", "withholding", "reserve_held", "reserve_released", "vat_later")
HEADER: Final = (
    "kind", "date", "order", "title", "rule", "reason", "base", "rate", "amount", "currency", "line_ref",
    "original_ref", "original_date", "original_order", "original_statement",
)  # fmt: skip


def csv_of(snapshot: Document) -> str:
    """Print a snapshot's balances and lines as CSV (UTF-8, CRLF, amounts in major units with a point).

    Text that a spreadsheet would take for a formula is shown as text by a leading apostrophe.
    """
    if snapshot["document"] == "credit_note":
        return _credit_note(snapshot)
    return "".join(csv_runs(snapshot, sha256_of(snapshot), (snapshot["earnings"], snapshot["clawbacks"])))


def csv_runs(head: Snapshot, identifier: str, runs: Iterable[Sequence[LinePart]]) -> Iterator[str]:
    """Yield the same some lines at a time: of `head` only what stands beside the lines is looked at."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for run in runs:
        for line in run:
            writer.writerow(_line(line, head))
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    _write_sums(writer, head, identifier)
    yield out.getvalue()


def _write_sums(writer: Any, snapshot: Snapshot, identifier: str) -> None:
    for each in snapshot["adjustments"]:
        amount = _figure(each["amount_minor"], snapshot)
        what = [f"adjustment_{each['kind']}", each["on"], "", "", "", text_cell(each["reason"]), "", "", amount]
        writer.writerow([*what, snapshot["currency"], each["ref"], *[""] * 4])
    moved = [kind for kind in MOVEMENTS if snapshot[f"{kind}_minor"]]  # type: ignore[literal-required]
    for kind in ("opening", "earned", "clawback", "net", *moved, "payout", "closing"):
        amount = _figure(snapshot[f"{kind}_minor"], snapshot)  # type: ignore[literal-required]
        writer.writerow([kind, "", "", "", "", "", "", "", amount, snapshot["currency"], *[""] * 5])
    for name, value in (
        ("statement", snapshot["number"]),
        ("version", str(snapshot["version"])),
        ("corrects", snapshot["corrects"]["number"] if snapshot["corrects"] else ""),
        ("self_billing_on", snapshot["self_billing_on"]),
        ("partner", snapshot["partner"]["name"]),
        ("period", snapshot["period"]["label"]),
        ("timezone", snapshot["period"]["timezone"]),
        ("vat_treatment", snapshot["vat_treatment"]),
        ("vat_rate", snapshot["vat_rate"]),
        ("vat_law", snapshot["vat_law"]),
        ("vat_reason", _reason(snapshot)),
        ("sha256", identifier),
    ):
        writer.writerow([name, "", "", text_cell(value), *[""] * 11])


def text_cell(text: str) -> str:
    """Return the text so that no spreadsheet runs it; harmless text is left as it is."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) or text.lstrip().startswith(_STARTS_FORMULA) else text


def _credit_note(note: CreditNoteSnapshot) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("kind", "title", "amount", "currency"))
    for kind in ("net", "vat", "total"):
        writer.writerow([kind, "", _figure(note[f"{kind}_minor"], note), note["currency"]])  # type: ignore[literal-required]
    for name, value in (
        ("credit_note", note["number"]), ("cancels", note["cancels"]["number"]), ("replaced_by", note["replaced_by"]),
        ("reason", note["reason"]), ("partner", note["partner"]["name"]), ("period", note["period"]["label"]),
        ("vat_treatment", note["vat_treatment"]), ("vat_rate", note["vat_rate"]), ("vat_law", note["vat_law"]),
        ("vat_reason", _reason(note)), ("sha256", sha256_of(note)),
    ):  # fmt: skip
        writer.writerow([name, text_cell(value), "", ""])
    return out.getvalue()


def _reason(document: Document) -> str:
    """Return the sentence on VAT that the page says, in the document's language."""
    with override(document["language"]):
        words = Wording(language=document["language"], currency=document["currency"], exponent=document["exponent"])
        return " ".join(vat_reason(document, words))


def _line(line: LinePart, snapshot: Snapshot) -> list[str]:
    original = line["original"]
    pointed_at = [""] * 4
    if original:
        pointed_at = [original["ref"], original["on"], text_cell(original["order"]), original["statement"]]
    return [
        line["kind"], line["on"], text_cell(line["order"]), text_cell(line["title"]), text_cell(line["rule"]),
        text_cell(line["reason"]), _figure(line["base_minor"], snapshot), line["rate"],
        _figure(line["amount_minor"], snapshot), snapshot["currency"], line["ref"],
        *pointed_at,
    ]  # fmt: skip


def _figure(minor: int, snapshot: Document) -> str:
    sign, digits, _ = Decimal(minor).as_tuple()
    return f"{Decimal((sign, digits, -snapshot['exponent'])):f}"
