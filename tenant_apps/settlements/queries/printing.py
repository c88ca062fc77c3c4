"""Reading a statement's snapshot piece by piece, so that printing a long one holds only the lines at hand."""

from typing import Any, cast

from django.db import connection
from django.db.models import CharField, F, Func, JSONField, Value

from tenant_apps.settlements.documents import Snapshot, Span, StatementPages
from tenant_apps.settlements.documents.shape import LinePart
from tenant_apps.settlements.models import Statement

_HEAD = "(%(expressions)s - 'earnings' - 'clawbacks')"
_SPANS = """
SELECT part.name, count(*), min((line->>'amount_minor')::numeric), max((line->>'amount_minor')::numeric),
       min((line->>'base_minor')::numeric), max((line->>'base_minor')::numeric)
FROM settlements_statement AS statement,
     LATERAL (VALUES ('earnings', snapshot->'earnings'), ('clawbacks', snapshot->'clawbacks')) AS part (name, lines),
     LATERAL jsonb_array_elements(part.lines) AS line
WHERE statement.id = %s GROUP BY part.name
"""


def statement_to_print(ref: str) -> Statement | None:
    """Return a statement by its public id, without its snapshot."""
    return Statement.objects.defer("snapshot").filter(public_id=ref).first()


def pages_of(statement: Statement) -> StatementPages:
    """Return a statement as pages whose lines are read as they are printed, in one query for each run."""
    mine = Statement.objects.filter(pk=statement.pk)
    head = mine.values_list(Func(F("snapshot"), template=_HEAD, output_field=JSONField()), flat=True).get()
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [statement.pk])
        spans = {
            name: Span(count, (int(least), int(most)), (int(base_least), int(base_most)))
            for name, count, least, most, base_least, base_most in cursor.fetchall()
        }

    def read(part: str, first: int, last: int) -> list[LinePart]:
        if first >= last:
            return []
        path = Value(f"$.{part}[{first} to {last - 1}]", output_field=CharField())
        lines = Func(
            F("snapshot"), path, template="jsonb_path_query_array(%(expressions)s::jsonpath)", output_field=JSONField()
        )
        return cast("list[LinePart]", mine.values_list(lines, flat=True).get())

    empty: Any = {"earnings": [], "clawbacks": []}
    none = {"earnings": Span(0), "clawbacks": Span(0)}
    return StatementPages(cast("Snapshot", head | empty), identifier=statement.sha256, spans=none | spans, read=read)
