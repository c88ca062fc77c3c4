"""A CSV read strictly: every mistake is named by its row and field, or nothing is wrong at all."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from kernel.errors import InvalidInput
from kernel.sentences import sentence

MOST_ROWS = 20_000
MOST_ERRORS = 200

type Errors = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file may have: the longest text of each column, in characters, and which must be filled.

    Columns whose name begins with `named` are texts by name, such as `metadata.plan`; a name keeps its letters.
    """

    longest: dict[str, int]
    needed: tuple[str, ...]
    named: str = ""

    def name_of(self, title: str) -> str:
        """Return the name of a column as the file has it, in small letters but for what it names itself."""
        title = title.strip()
        return self.named + title[len(self.named) :] if self.is_named(title) else title.lower()

    def is_named(self, title: str) -> bool:
        """Return whether a column is a text by a name of its own."""
        return bool(self.named) and title[: len(self.named)].lower() == self.named


def rows_of_sheet[Row](
    text: str, columns: Columns, read: Callable[[int, dict[str, str], Errors], Row | None]
) -> dict[int, Row]:
    """Return what `read` makes of each row, by its number in the file, the header being row 1.

    `read` adds mistakes to the list it gets and returns None then. The columns stand in any order. Raises
    InvalidInput with every mistake as `rows[3].at`, up to 200 of them.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="", strict=True)
    try:
        header = [columns.name_of(name) for name in reader.fieldnames or []]
        reader.fieldnames = header
        _check_header(header, columns)
        return _rows(list(reader), columns, read)
    except csv.Error as broken:
        raise InvalidInput(
            field=f"rows[{reader.line_num + 1}]", message=sentence("is no CSV: %(broken)s", broken=broken)
        ) from broken


def mistake(row: int, field: str, message: str) -> dict[str, str]:
    """Return one mistake, named by row and field."""
    return {"field": f"rows[{row}].{field}", "message": message}


def refuse(errors: Errors) -> None:
    """Raise InvalidInput with the mistakes, in the order of their rows; nothing when there is none."""
    if errors:
        raise InvalidInput(errors=sorted(errors, key=_row_of)[:MOST_ERRORS])


def _row_of(error: dict[str, str]) -> int:
    return int(error["field"].partition("[")[2].partition("]")[0] or 0)


def _check_header(header: list[str], columns: Columns) -> None:
    errors = [{"field": f"header.{name}", "message": "is missing"} for name in columns.needed if name not in header]
    errors += [
        {"field": f"header.{name[:60]}", "message": "is unknown"}
        for name in header
        if name not in columns.longest and not columns.is_named(name)
    ]
    errors += [
        {"field": f"header.{name}", "message": "stands twice"}
        for name in sorted({n for n in header if header.count(n) > 1})
    ]
    if errors:
        raise InvalidInput(errors=errors)


def _rows[Row](
    read_cells: list[dict[str, str]], columns: Columns, read: Callable[[int, dict[str, str], Errors], Row | None]
) -> dict[int, Row]:
    if not read_cells:
        raise InvalidInput(field="rows", message="must not be empty")
    if len(read_cells) > MOST_ROWS:
        raise InvalidInput(field="rows", message=sentence("must be at most %(most)s", most=MOST_ROWS))
    rows: dict[int, Row] = {}
    errors: Errors = []
    seen: dict[str, int] = {}
    for number, raw in enumerate(read_cells, start=2):
        names = [*columns.longest, *(name for name in raw if columns.is_named(name))]
        cells = {name: (raw.get(name) or "").strip() for name in names}
        wrong = _wrong_cells(number, cells, columns, extra="" in raw)
        row = read(number, cells, wrong)
        before = seen.setdefault(cells["external_id"], number)
        if before != number and cells["external_id"]:
            wrong.append(mistake(number, "external_id", sentence("repeats the one of row %(before)s", before=before)))
        if row is not None and not wrong:
            rows[number] = row
        errors += wrong
    refuse(errors)
    return rows


def _wrong_cells(row: int, cells: dict[str, str], columns: Columns, *, extra: bool) -> Errors:
    errors = [mistake(row, name, "is missing") for name in columns.needed if not cells[name]]
    errors += [
        mistake(row, name, sentence("must have at most %(most)s characters", most=most))
        for name, most in columns.longest.items()
        if len(cells[name]) > most
    ]
    errors += [mistake(row, name, "holds a character that is none") for name in cells if "\0" in cells[name]]
    if extra:
        errors.append({"field": f"rows[{row}]", "message": "has more cells than the header"})
    return errors
