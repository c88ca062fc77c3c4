"""A file of touches, read strictly: every mistake is named by its row and field, or nothing is wrong at all."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from kernel.clock import parse_instant
from kernel.emails import normalized_email
from kernel.errors import InvalidInput

COLUMNS = ("external_id", "at", "partner", "email", "visitor", "campaign")
NEEDED = ("external_id", "at", "partner")
MOST_ROWS = 50_000
MOST_ERRORS = 200
_LONGEST = {"external_id": 80, "partner": 40, "email": 254, "visitor": 64, "campaign": 80}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A touch as a file names it: `partner` is an enrollment's id or a link's code; `line` counts from the top."""

    line: int
    external_id: str
    at: datetime
    partner: str
    email: str
    visitor: str
    campaign: str


def rows_of_csv(text: str) -> list[ImportRow]:
    """Read a CSV with a header of the columns above, in any order; `email` or `visitor` must name somebody.

    Raises InvalidInput with every mistake as `rows[3].at` (the line of the file), up to 200 of them.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="", strict=True)
    try:
        header = [name.strip().lower() for name in reader.fieldnames or []]
        reader.fieldnames = header
        _check_header(header)
        return _rows(list(reader))
    except csv.Error as broken:
        raise InvalidInput(field=f"rows[{reader.line_num + 1}]", message=f"is no CSV: {broken}") from broken


def _check_header(header: list[str]) -> None:
    errors = [{"field": f"header.{name}", "message": "is missing"} for name in NEEDED if name not in header]
    errors += [{"field": f"header.{name}", "message": "is unknown"} for name in header if name not in COLUMNS]
    errors += [
        {"field": f"header.{name}", "message": "stands twice"}
        for name in sorted({n for n in header if header.count(n) > 1})
    ]
    if errors:
        raise InvalidInput(errors=errors)


def _rows(read: list[dict[str, str]]) -> list[ImportRow]:
    if not read:
        raise InvalidInput(field="rows", message="must not be empty")
    if len(read) > MOST_ROWS:
        raise InvalidInput(field="rows", message=f"must be at most {MOST_ROWS}")
    rows: list[ImportRow] = []
    errors: list[dict[str, str]] = []
    seen: dict[str, int] = {}
    for line, cells in enumerate(read, start=2):
        row, wrong = _row(line, {name: (cells.get(name) or "").strip() for name in COLUMNS}, extra="" in cells)
        if row is not None and row.external_id in seen:
            wrong.append(_error(line, "external_id", f"repeats the one of row {seen[row.external_id]}"))
        if row is not None:
            seen.setdefault(row.external_id, line)
            rows.append(row)
        errors += wrong
    if errors:
        raise InvalidInput(errors=errors[:MOST_ERRORS])
    return rows


def _row(line: int, cells: dict[str, str], *, extra: bool) -> tuple[ImportRow | None, list[dict[str, str]]]:
    errors = [_error(line, name, "is missing") for name in NEEDED if not cells[name]]
    errors += [
        _error(line, name, f"must have at most {most} characters")
        for name, most in _LONGEST.items()
        if len(cells[name]) > most
    ]
    errors += [_error(line, name, "holds a character that is none") for name in COLUMNS if "\0" in cells[name]]
    if extra:
        errors.append({"field": f"rows[{line}]", "message": "has more cells than the header"})
    if not cells["email"] and not cells["visitor"]:
        errors.append(_error(line, "email", "or visitor must name the customer"))
    at = email = None
    try:
        email = normalized_email(cells["email"]) if cells["email"] else ""
    except InvalidInput as wrong:
        errors.append(_error(line, "email", wrong.errors[0]["message"]))
    try:
        at = parse_instant(cells["at"]) if cells["at"] else None
    except InvalidInput as wrong:
        errors.append(_error(line, "at", wrong.errors[0]["message"] if wrong.errors else wrong.message))
    if errors or at is None or email is None:
        return None, errors
    return ImportRow(line, cells["external_id"], at, cells["partner"], email, cells["visitor"], cells["campaign"]), []


def _error(line: int, field: str, message: str) -> dict[str, str]:
    return {"field": f"rows[{line}].{field}", "message": message}
