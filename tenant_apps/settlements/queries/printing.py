"""Reading a statement's snapshot piece by piece, so that whoever prints or shows a long one holds only some lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.db.models import CharField, F, Func, IntegerField, JSONField, Value

from tenant_apps.settlements.documents import Snapshot, Span, StatementPages, csv_runs
from tenant_apps.settlements.documents.shape import LinePart
from tenant_apps.settlements.models import Statement

CSV_RUN = 5_000
_HEAD = "(%(expressions)s - 'earnings' - 'clawbacks')"
_COUNT = "jsonb_array_length(%(expressions)s->'{part}')"
_NO_LINES: Any = {"earnings": [], "clawbacks": []}
_SPANS = """
SELECT part.name, count(*), min((line->>'amount_minor')::numeric), max((line->>'amount_minor')::numeric),
       min((line->>'base_minor')::numeric), max((line->>'base_minor')::numeric)
FROM settlements_statement AS statement,
     LATERAL (VALUES ('earnings', snapshot->'earnings'), ('clawbacks', snapshot->'clawbacks')) AS part (name, lines),
     LATERAL jsonb_array_elements(part.lines) AS line
WHERE statement.id = %s GROUP BY part.name
"""


@dataclass(frozen=True, slots=True)
class FrozenLines:
    """One part of a statement's lines, as long as it is; a slice of it is read when it is asked for."""

    statement_id: int
    part: str
    count: int

    def __len__(self) -> int:
        """Return how many lines there are."""
        return self.count

    def __getitem__(self, run: slice) -> list[LinePart]:
        """Read the lines of a run, in one query."""
        first, last, _ = run.indices(self.count)
        if first >= last:
            return []
        path = Value(f"$.{self.part}[{first} to {last - 1}]", output_field=CharField())
        lines = Func(
            F("snapshot"), path, template="jsonb_path_query_array(%(expressions)s::jsonpath)", output_field=JSONField()
        )
        return cast("list[LinePart]", Statement.objects.values_list(lines, flat=True).get(pk=self.statement_id))


def head_as_frozen() -> Func:
    """Return the expression for what a snapshot says beside its lines."""
    return Func(F("snapshot"), template=_HEAD, output_field=JSONField())


def head_of(statement: Statement) -> Snapshot:
    """Return what a statement says beside its lines, which are left where they are."""
    return cast("Snapshot", Statement.objects.values_list(head_as_frozen(), flat=True).get(pk=statement.pk) | _NO_LINES)


def frozen_lines(statement: Statement) -> dict[str, FrozenLines]:
    """Return the lines of each part of a statement, none of them read yet."""
    counts = [Func(F("snapshot"), template=_COUNT.format(part=p), output_field=IntegerField()) for p in _NO_LINES]
    told = Statement.objects.values_list(*counts).get(pk=statement.pk)
    return {part: FrozenLines(statement.pk, part, count) for part, count in zip(_NO_LINES, told, strict=True)}


def statement_to_print(ref: str) -> Statement | None:
    """Return a statement by its public id, without its snapshot."""
    return Statement.objects.defer("snapshot").filter(public_id=ref).first()


def csv_of_statement(statement: Statement) -> Iterator[str]:
    """Yield a statement's CSV, read and written a run of lines at a time, however long it is."""
    runs = (
        lines[first : first + CSV_RUN]
        for lines in frozen_lines(statement).values()
        for first in range(0, len(lines), CSV_RUN)
    )
    yield from csv_runs(head_of(statement), statement.sha256, runs)


def pages_of(statement: Statement) -> StatementPages:
    """Return a statement as pages whose lines are read as they are printed, in one query for each run."""
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [statement.pk])
        spans = {
            name: Span(count, (int(least), int(most)), (int(base_least), int(base_most)))
            for name, count, least, most, base_least, base_most in cursor.fetchall()
        }

    def read(part: str, first: int, last: int) -> list[LinePart]:
        return FrozenLines(statement.pk, part, last)[first:last]

    none = {"earnings": Span(0), "clawbacks": Span(0)}
    return StatementPages(head_of(statement), identifier=statement.sha256, spans=none | spans, read=read)
