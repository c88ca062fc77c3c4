"""Rows of any table, put in and changed as the owner can: past constraints, whatever they mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from shared_apps.brands.models import Brand

VALUES = {
    "boolean": ("true", "false"), "date": ("date '2026-01-01' + {n}", "date '2020-01-01'"),
    "jsonb": ("jsonb_build_object('n', {n})", "'{{\"n\": -1}}'::jsonb"), "numeric": ("1", "2"),
    "timestamp with time zone": (
        "timestamptz '2026-01-01 00:00Z' + {n} * interval '1 day'", "timestamptz '2020-01-01 00:00Z'"
    ),
    **dict.fromkeys(("smallint", "integer", "bigint"), ("{n}", "{n} + 1000")),
    **dict.fromkeys(("text", "character varying"), ("left('{n}' || repeat('.', 64), {long})", "'x'")),
}  # fmt: skip
type Columns = dict[str, tuple[str, int]]


@contextmanager
def as_owner(brand: Brand | None) -> Iterator[Any]:
    """Run statements as the owner in a brand or, without one, in public; without the foreign keys' say."""
    owner: Any = connections["owner"]
    owner.set_tenant(brand) if brand else owner.set_schema_to_public()
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
    owner.set_schema_to_public()


def columns_of(cursor: Any, table: str) -> Columns:
    """Return each column's type and length, the id left out."""
    cursor.execute(
        "SELECT column_name, data_type, COALESCE(character_maximum_length, 64) FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = %s AND column_name <> 'id'",
        [table],
    )
    return {name: (kind, long) for name, kind, long in cursor.fetchall()}


def lift_constraints(cursor: Any, table: str) -> None:
    """Drop what the table asks of its rows, so that any may be put in."""
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u', 'x', 'f')", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND indisunique "
        "AND NOT indisprimary",
        [table],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")


def put_in(cursor: Any, table: str, columns: Columns, key: int) -> None:
    """Put in a row of this id."""
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(_value(kind, long, key, changed=False) for kind, long in columns.values())
    cursor.execute(f"INSERT INTO {table} (id, {names}) VALUES ({key}, {values})")


def change(cursor: Any, table: str, columns: Columns, key: int, column: str) -> None:
    """Give one column of a row another value."""
    kind, long = columns[column]
    cursor.execute(f'UPDATE {table} SET "{column}" = {_value(kind, long, key, changed=True)} WHERE id = {key}')
    assert cursor.rowcount == 1


def _value(kind: str, long: int, n: int, *, changed: bool) -> str:
    return VALUES[kind][changed].format(n=n, long=long)
