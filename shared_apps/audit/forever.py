"""Which rows are for ever: their tables, the columns that never change, their canonical content, and up to where."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from django.apps import apps
from django.db import connection
from psycopg import sql

# Sequences begin at 1; who puts a row in by hand need not.
LOWEST_ID = -(2**63)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows are for ever, and the columns of it that never change."""

    name: str
    columns: tuple[str, ...]


def recorded_tables() -> list[Table]:
    """Return the tables of the entered schema that the record covers, by name.

    These are all whose model says `append_only` or `may_change`, less those whose rows a chain of
    their own seals (`sealed_apart`).
    """
    here = columns_here()
    found = []
    for model in apps.get_models():
        frozen = getattr(model, "append_only", False) or hasattr(model, "may_change")
        if frozen and not getattr(model, "sealed_apart", False) and model._meta.db_table in here:
            changing = set(getattr(model, "may_change", ()))
            columns = [str(field.column) for field in model._meta.concrete_fields if field.name not in changing]
            found.append(Table(model._meta.db_table, tuple(columns)))
    return sorted(found, key=lambda table: table.name)


def columns_here() -> dict[str, set[str]]:
    """Return the columns of every table of the entered schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, array_agg(a.attname::text)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' GROUP BY c.relname
            """
        )
        return {name: set(columns) for name, columns in cursor.fetchall()}


def rows_of(table: Table, *, after: int, up_to: int, most: int | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows between two ids, `up_to` included, in id order: id and canonical content.

    The content is what PostgreSQL says of the row as JSON, in UTC; numbers that are not whole stay text.
    """
    taken = 0
    while most is None or taken < most:
        page = _page(table, after, up_to, AT_ONCE if most is None else min(AT_ONCE, most - taken))
        for key, text in page:
            yield key, {"table": table.name, "row": json.loads(text, parse_float=str)}
        taken += len(page)
        if len(page) < AT_ONCE:
            return
        after = page[-1][0]


def decided_up_to(tables: Sequence[str], patience: float) -> dict[str, int]:
    """Return for each table an id at or below which nothing is in flight; tables that stay busy are left out.

    Ids are given before the commit, so the highest one seen says nothing of smaller ones. Whoever was given
    a smaller one has held the table's write lock since before that, and holds it until the end of their
    transaction: once all who held it *after* we read the highest id are done, every id up to it is decided.
    Writers who come later get higher ids, so nobody is made to wait but us. `patience` is in seconds.
    """
    highest = {table: _highest(table) for table in tables}
    writing, deadline = _writers(tables), monotonic() + patience
    while writing and monotonic() < deadline:
        sleep(0.05)
        writing &= _writers(tables)
    busy = {table for table, _ in writing}
    return {table: bound for table, bound in highest.items() if table not in busy}


def _page(table: Table, after: int, up_to: int, limit: int) -> list[tuple[int, str]]:
    query = sql.SQL(
        "SELECT t.id, to_jsonb(t)::text FROM (SELECT {columns} FROM {table} "
        "WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) t ORDER BY t.id"
    ).format(columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)), table=sql.Identifier(table.name))
    with connection.cursor() as cursor:
        cursor.execute(query, [after, up_to, limit])
        return list(cursor.fetchall())


def _highest(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT COALESCE(max(id), 0) FROM {}").format(sql.Identifier(table)))
        return int(cursor.fetchone()[0])


def _writers(tables: Sequence[str]) -> set[tuple[str, str]]:
    """Return (table, transaction) of all, other than ours, who hold the write lock of one of the tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, l.virtualtransaction FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s)
            """,
            [list(tables)],
        )
        return set(cursor.fetchall())
