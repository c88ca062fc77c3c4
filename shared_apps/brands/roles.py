"""The database roles: owner (DDL), app (login, no rights of its own), public, one per brand."""

from django.apps import apps
from django.conf import settings
from django.db import connections
from psycopg import sql

from shared_apps.brands.postgresql.base import role_of

BRAND_MAY_READ = ("django_content_type",)
BRAND_MAY_RING = "brands_doorbell"


def ensure_roles() -> None:
    """Create the roles of this installation if they are missing, and set the login's password."""
    prefix = settings.DATABASE_ROLE_PREFIX
    app, public, brand = (f"{prefix}_{name}" for name in ("app", "public", "brand"))
    with connections["owner"].cursor() as cursor:
        for role in (public, brand):
            _create_role(cursor, role, sql.SQL("NOLOGIN"))
        _create_role(cursor, app, sql.SQL("LOGIN NOINHERIT"))
        cursor.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                sql.Identifier(app), sql.Literal(settings.DATABASE_APP_PASSWORD)
            )
        )
        cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(public), sql.Identifier(app)))


def grant_public() -> None:
    """Give the public role its rights on shared tables, and brands the two things they may touch there."""
    role, brand = role_of("public"), f"{settings.DATABASE_ROLE_PREFIX}_brand"
    with connections["owner"].cursor() as cursor:
        _grant_tables(cursor, "public", role)
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(brand)))
        for table in BRAND_MAY_READ:
            cursor.execute(
                sql.SQL("GRANT SELECT ON public.{} TO {}").format(sql.Identifier(table), sql.Identifier(brand))
            )
        cursor.execute(
            sql.SQL("GRANT INSERT, SELECT (id) ON public.{} TO {}").format(
                sql.Identifier(BRAND_MAY_RING), sql.Identifier(brand)
            )
        )


def grant_brand(schema: str) -> None:
    """Give a brand's role its rights: all on its own tables, only INSERT and SELECT where rows are for ever."""
    role, group, app = role_of(schema), f"{settings.DATABASE_ROLE_PREFIX}_brand", f"{settings.DATABASE_ROLE_PREFIX}_app"
    with connections["owner"].cursor() as cursor:
        _create_role(cursor, role, sql.SQL("NOLOGIN INHERIT"))
        cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(role)))
        cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(app)))
        _grant_tables(cursor, schema, role)


def append_only_tables() -> dict[str, list[str]]:
    """Return the tables whose rows are for ever, each with the columns that may change all the same.

    These are the models that say `append_only = True`: no column; and those that say `may_change = (…)`: these.
    """
    found = {}
    for model in apps.get_models():
        changing = getattr(model, "may_change", ())
        if changing or getattr(model, "append_only", False):
            fields = [field for field in model._meta.concrete_fields if field.name in changing]
            found[model._meta.db_table] = [str(field.column) for field in fields]
    return dict(sorted(found.items()))


def _create_role(cursor: object, role: str, options: sql.SQL) -> None:
    statement = sql.SQL(
        "DO $$ BEGIN CREATE ROLE {role} {options}; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    ).format(role=sql.Identifier(role), options=options)
    cursor.execute(statement)  # type: ignore[attr-defined]


def _grant_tables(cursor: object, schema: str, role: str) -> None:
    names: dict[str, sql.Composable] = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    statements = [
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON {schema}.django_migrations FROM {role}",
    ]
    for statement in statements:
        cursor.execute(sql.SQL(statement).format(**names))  # type: ignore[attr-defined]
    frozen = append_only_tables()
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_name = ANY(%s)",
        [schema, list(frozen)],
    )
    for (table,) in cursor.fetchall():  # type: ignore[attr-defined]
        statements = ["REVOKE UPDATE, DELETE, TRUNCATE ON {schema}.{table} FROM {role}"]
        if frozen[table]:
            statements.append("GRANT UPDATE ({columns}) ON {schema}.{table} TO {role}")
        columns = sql.SQL(", ").join(map(sql.Identifier, frozen[table]))
        for statement in statements:
            cursor.execute(  # type: ignore[attr-defined]
                sql.SQL(statement).format(table=sql.Identifier(table), columns=columns, **names)
            )
