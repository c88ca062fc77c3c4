"""A CSV read strictly, and once: every mistake is named by its row and field, or nothing is wrong at all."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from kernel.errors import InvalidInput
from kernel.sentences import sentence

MOST_ROWS = 20_000
MOST_ERRORS = 200

type Errors = list[dict[str, str]]
type Note = Callable[[str, str], None]


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


@dataclass(slots=True)
class Sheet[Row]:
    """What a file says: each row by its number there, the header being row 1, and every mistake found so far.

    A row with mistakes stands here too, its unreadable cells with a value that means nothing, so that whoever knows
    more than the file can name all else that is wrong with it. Of one cell only the first mistake is told.
    """

    rows: dict[int, Row] = field(default_factory=dict)
    errors: Errors = field(default_factory=list)
    _wrong: dict[int, set[str]] = field(default_factory=dict)

    def note(self, row: int, column: str, message: str) -> None:
        """Note what is wrong with a cell, or with the row as a whole; nothing where no mistake is said."""
        columns = self._wrong.get(row, set())
        if message and column not in columns:
            self.errors.append({"field": f"rows[{row}].{column}" if column else f"rows[{row}]", "message": message})
            self._wrong.setdefault(row, columns).add(column)

    def has_mistakes(self, row: int) -> bool:
        """Return whether anything is wrong with a row."""
        return row in self._wrong

    def differs(self, row: int, *said: tuple[tuple[str, ...], object, object]) -> bool:
        """Return whether a row says otherwise than is known: columns, what it says, what is known.

        What stands in a cell with a mistake is not compared.
        """
        wrong = self._wrong.get(row, set())
        return any(told != known for columns, told, known in said if wrong.isdisjoint(columns))

    def refuse(self, also: Sequence[dict[str, str]] = ()) -> None:
        """Raise InvalidInput with the mistakes, up to 200 in the order of their rows; nothing when there is none."""
        if also or self.errors:
            raise InvalidInput(errors=[*also, *sorted(self.errors, key=_row_of)][:MOST_ERRORS])


def sheet_of[Row](text: str, columns: Columns, read: Callable[[dict[str, str], Note], Row]) -> Sheet[Row]:
    """Return what `read` makes of each row, with all mistakes in the file itself.

    `read` notes mistakes by column. The columns stand in any order. A row that is no CSV ends the file there. Raises
    InvalidInput for what says nothing of any row: a wrong header, no rows, or too many.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="", strict=True)
    sheet: Sheet[Row] = Sheet()
    number, seen = 1, dict[str, int]()
    try:
        header = [columns.name_of(name) for name in reader.fieldnames or []]
        reader.fieldnames = header
        _check_header(header, columns)
        for number, raw in enumerate(reader, start=2):
            if number > MOST_ROWS + 1:
                raise InvalidInput(field="rows", message=sentence("must be at most %(most)s", most=MOST_ROWS))
            sheet.rows[number] = _read(raw, columns, read, partial(sheet.note, number), seen, number)
    except csv.Error as broken:
        sheet.note(number + 1, "", sentence("is no CSV: %(broken)s", broken=broken))
    if not sheet.rows and not sheet.errors:
        raise InvalidInput(field="rows", message="must not be empty")
    return sheet


def _row_of(error: dict[str, str]) -> int:
    return int(error["field"].partition("[")[2].partition("]")[0])


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


def _read[Row](
    raw: dict[str, str], columns: Columns, read: Callable[[dict[str, str], Note], Row], note: Note,
    seen: dict[str, int], number: int,
) -> Row:  # fmt: skip
    names = [*columns.longest, *(name for name in raw if columns.is_named(name))]
    cells = {name: (raw.get(name) or "").strip() for name in names}
    _note_cells(cells, columns, note, extra="" in raw)
    # What no text of the database can hold is noted, and asked for nowhere.
    cells = {name: text.replace("\0", "") for name, text in cells.items()}
    row = read(cells, note)
    before = seen.setdefault(cells["external_id"], number)
    if before != number and cells["external_id"]:
        note("external_id", sentence("repeats the one of row %(before)s", before=before))
    return row


def _note_cells(cells: dict[str, str], columns: Columns, note: Note, *, extra: bool) -> None:
    for name in columns.needed:
        if not cells[name]:
            note(name, "is missing")
    for name, most in columns.longest.items():
        if len(cells[name]) > most:
            note(name, sentence("must have at most %(most)s characters", most=most))
    for name, text in cells.items():
        if "\0" in text:
            note(name, "holds a character that is none")
    if extra:
        note("", "has more cells than the header")
