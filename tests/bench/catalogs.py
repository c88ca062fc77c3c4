"""Whether two schemas are the same, and whether a brand's role may do exactly what it should."""

import re
from typing import Any

from django.db import ProgrammingError, connection, connections, transaction

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.postgresql.base import role_of
from shared_apps.brands.roles import append_only_tables

SHAPE = {
    "column": """SELECT c.relname, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                        a.attidentity::text, pg_get_expr(d.adbin, d.adrelid), a.attnum
                 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                 LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                 WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'v', 'p') AND a.attnum > 0
                   AND NOT a.attisdropped""",
    "constraint": """SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
                     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                     LEFT JOIN pg_class f ON f.oid = k.confrelid
                     WHERE c.relnamespace = %s::regnamespace
                       AND (k.contype <> 'f' OR f.relnamespace = c.relnamespace)""",
    "index": """SELECT t.relname, i.relname, pg_get_indexdef(i.oid)
                FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
                JOIN pg_class t ON t.oid = x.indrelid WHERE t.relnamespace = %s::regnamespace""",
    "sequence": """SELECT c.relname, s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmax, s.seqcycle
                   FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = %s::regnamespace""",
    "trigger": """SELECT c.relname, pg_get_triggerdef(g.oid) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
                  WHERE c.relnamespace = %s::regnamespace AND NOT g.tgisinternal""",
    "function": """SELECT proname, pg_get_function_arguments(oid), prosrc, prosecdef, proconfig FROM pg_proc
                   WHERE pronamespace = %s::regnamespace""",
}
SPELLING = re.compile(r"::(character varying|text)(\[\])?|[()]")
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
SEEDED = {"django_migrations": "app, name", "auth_group": "id, name"}


def differences(expected: str, found: str) -> list[str]:
    """Return how the schema `found` differs in shape from `expected`, foreign keys to other schemas left out."""
    wrong = []
    for kind, query in SHAPE.items():
        one, two = _shape(query, expected), _shape(query, found)
        wrong += [f"{found} lacks the {kind} {row}" for row in sorted(one - two, key=str)]
        wrong += [f"{found} has the {kind} {row} too much" for row in sorted(two - one, key=str)]
        if not one and kind != "trigger":
            wrong.append(f"{expected} shows no {kind}, so nothing was compared")
    return wrong


def other_rows(expected: str, found: str) -> list[str]:
    """Return seeded tables whose rows differ."""
    return [
        f"{found}.{table} has other rows than {expected}"
        for table, columns in SEEDED.items()
        if _rows(f'SELECT {columns} FROM "{expected}".{table} ORDER BY 1, 2')
        != _rows(f'SELECT {columns} FROM "{found}".{table} ORDER BY 1, 2')
    ]


def foreign_keys_that_leave(schema: str) -> list[str]:
    """Return foreign keys to tables of other schemas: there must be none."""
    rows = _rows(
        """SELECT k.conname FROM pg_constraint k
           JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
           WHERE k.contype = 'f' AND c.relnamespace = %s::regnamespace AND f.relnamespace <> c.relnamespace""",
        schema,
    )
    return [f"{name} leaves {schema}" for (name,) in rows]


def wrong_rights(brand: Brand, other: Brand) -> list[str]:
    """Return rights that a brand's role has too much or too little, as the catalog says and as a query meets them."""
    role, forever = role_of(brand.schema_name), set(append_only_tables())
    wrong = []
    for (table,) in _rows(TABLES, brand.schema_name):
        expected = ["SELECT"] if table == "django_migrations" else ["SELECT", "INSERT"]
        if table not in forever and table != "django_migrations":
            expected += ["UPDATE", "DELETE"]
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            ((has,),) = _rows("SELECT has_table_privilege(%s, %s, %s)", role, f'"{brand.schema_name}"."{table}"', right)
            if has != (right in expected):
                wrong.append(f"{role} {'may' if has else 'may not'} {right} {table}")
    ((enters,),) = _rows("SELECT has_schema_privilege(%s, %s, 'USAGE')", role, other.schema_name)
    if enters:
        wrong.append(f"{role} may use the schema {other.schema_name}")
    return wrong + _wrong_when_tried(brand, other)


def _wrong_when_tried(brand: Brand, other: Brand) -> list[str]:
    wrong = []
    if _refused(f'SELECT * FROM "{brand.schema_name}".orders_order') is False:
        wrong.append(f"{brand.schema_name} can be read with no brand entered")
    with brand_entered(brand):
        if _refused("SELECT * FROM orders_order"):
            wrong.append(f"{brand.schema_name} cannot read its own orders")
        if not _refused(f'SELECT * FROM "{other.schema_name}".orders_order'):
            wrong.append(f"{brand.schema_name} can read {other.schema_name}")
    return wrong


def _refused(query: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query)
    except ProgrammingError:
        return True
    return False


def _shape(query: str, schema: str) -> set[tuple[Any, ...]]:
    """Return rows with the schema's own name taken out of definitions.

    Casts and brackets go too: PostgreSQL spells `ARRAY['a'::varchar]::text[]` as `ARRAY['a'::varchar::text]`
    once the definition has been through SQL text, and means the same.
    """
    return {
        tuple(SPELLING.sub("", value.replace(f"{schema}.", "")) if isinstance(value, str) else value for value in row)
        for row in _rows(query, schema)
    }


def _rows(query: str, *values: object) -> list[tuple[Any, ...]]:
    """Read as the owner, in public: names of the schemas' things then always come qualified."""
    owner = connections["owner"]
    owner.set_schema_to_public()
    with owner.cursor() as cursor:
        cursor.execute(query, list(values) or None)
        return list(cursor.fetchall())
