"""Files of exports: chunks of rows on disk, put together as CSV or XLSX in flat memory. One folder per export."""

import csv
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings

from kernel.sentences import sentence
from shared_apps.brands.entering import entered_brand
from tenant_apps.reports.errors import TooManyRows
from tenant_apps.reports.models import Export
from tenant_apps.reports.queries.sheets import Cell, in_zone
from tenant_apps.reports.states import ExportFormat
from tenant_apps.settlements.documents.sheet import text_cell

MOST_SHEET_ROWS = 1_048_576
_EXACT_IN_A_SHEET = 10**15  # a spreadsheet's numbers are doubles: beyond, it would change digits


def write_chunk(export: Export, step: int, rows: Iterable[tuple[Cell, ...]]) -> None:
    """Write the rows of a step under its own name: written twice they are the same rows, never more.

    Written to a draft and renamed, so that a killed worker leaves no half a chunk.
    """
    folder = folder_of(export)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(6)}"
    try:
        with draft.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps([_plain(cell) for cell in row], ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(_chunk(export, step))
    finally:
        draft.unlink(missing_ok=True)


def put_together(export: Export, columns: tuple[str, ...], chunks: int) -> tuple[str, int, str]:
    """Make the file of all chunks; return its name, its size in bytes and its SHA-256. Raises TooManyRows."""
    folder_of(export).mkdir(parents=True, exist_ok=True)
    name = f"{export.kind}-{export.public_id[-8:]}.{export.format}"
    draft = folder_of(export) / f".{secrets.token_hex(6)}"
    rows = _rows(export, chunks)
    try:
        _WRITERS[ExportFormat(export.format)](draft, columns, rows)
        digest, size = _hash_of(draft), draft.stat().st_size
        draft.replace(folder_of(export) / name)
    finally:
        draft.unlink(missing_ok=True)
    return name, size, digest


def drop_chunks(export: Export) -> None:
    """Remove the chunks: the file holds their rows."""
    for path in folder_of(export).glob("*.jsonl"):
        path.unlink(missing_ok=True)


def drop_all(export: Export) -> None:
    """Remove the file and whatever a broken run left."""
    shutil.rmtree(folder_of(export), ignore_errors=True)


def path_of(export: Export) -> Path:
    """Return where the finished file lies."""
    return folder_of(export) / export.file_name


def folder_of(export: Export) -> Path:
    """Return the folder of one export of the entered brand."""
    media: Path = Path(settings.MEDIA_ROOT)
    return media / "exports" / str(entered_brand().schema_name) / export.public_id


def _chunk(export: Export, step: int) -> Path:
    return folder_of(export) / f"{step:06}.jsonl"


def _rows(export: Export, chunks: int) -> Iterator[list[Any]]:
    for step in range(chunks):
        with _chunk(export, step).open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def _plain(cell: Cell) -> Any:
    """Return a cell as JSON: text as text, a whole number as such, a figure as a list of its digits' text."""
    if isinstance(cell, datetime):
        return in_zone(cell)
    if isinstance(cell, Decimal):
        return [f"{cell:f}"]
    return "" if cell is None else cell


def _write_csv(path: Path, columns: tuple[str, ...], rows: Iterator[list[Any]]) -> None:
    # The byte order mark is by what spreadsheets know UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([text_cell(cell) if isinstance(cell, str) else _figure(cell) for cell in row])


def _write_xlsx(path: Path, columns: tuple[str, ...], rows: Iterator[list[Any]]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False,
               "tmpdir": str(path.parent)}  # fmt: skip
    book = xlsxwriter.Workbook(str(path), options)
    try:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            if number >= MOST_SHEET_ROWS:
                raise TooManyRows(
                    sentence("A spreadsheet holds %(most)s rows; ask for CSV.", most=MOST_SHEET_ROWS),
                    field="format",
                )
            for column, cell in enumerate(row):
                if isinstance(cell, int) and abs(cell) < _EXACT_IN_A_SHEET:
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, cell if isinstance(cell, str) else _figure(cell))
    finally:
        book.close()


def _write_json(path: Path, columns: tuple[str, ...], rows: Iterator[list[Any]]) -> None:
    """Write one array of objects, a row a line; figures are text, for their digits are exact."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for number, row in enumerate(rows):
            cells = (cell[0] if isinstance(cell, list) else cell for cell in row)
            told = json.dumps(dict(zip(columns, cells, strict=True)), ensure_ascii=False)
            file.write(f"{',' if number else ''}\n{told}")
        file.write("\n]\n")


def _figure(cell: Any) -> str:
    return cell[0] if isinstance(cell, list) else str(cell)


_WRITERS = {ExportFormat.CSV: _write_csv, ExportFormat.XLSX: _write_xlsx, ExportFormat.JSON: _write_json}


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
