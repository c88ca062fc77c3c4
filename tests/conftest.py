"""A template database with two brands, cloned per run; each test in a transaction that is rolled back.

Real PostgreSQL, the runtime roles and their privileges included: a test that forgets its brand is
refused by the database, as production would be.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from shared_apps.brands.postgresql.base import connected

pytest_plugins = ["tests.running"]  # the running installation is one for journeys, faults and browser tests

# No deadline: a busy machine is not a defect. `HYPOTHESIS_PROFILE=thorough` looks ten times as long.
EXAMPLES = {"ci": 100, "thorough": 1000}
for profile, examples in EXAMPLES.items():
    hypothesis_settings.register_profile(profile, max_examples=examples, deadline=None, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "ci")

ALIASES = ("default", "owner")
BRANDS = (
    {"name": "Aurora", "domain": "aurora.localhost", "currency": "EUR", "timezone": "Europe/Berlin",
     "primary": "#0f766e"},
    {"name": "Hanok", "domain": "hanok.localhost", "currency": "KRW", "timezone": "Asia/Seoul", "primary": "#7c3aed",
     "language": "ko"},
)  # fmt: skip


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Clone the template database for this run and drop the clone afterwards."""
    name = f"tributary_test_{os.getpid()}"
    with django_db_blocker.unblock():
        template = ensure_template()
        clone(template, name)
        use_database(name)
    yield
    with django_db_blocker.unblock():
        drop(name)


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Give the test a database of its own where transactions really commit: threads, provisioning, on_commit."""
    before, name = str(settings.DATABASES["default"]["NAME"]), f"tributary_test_{os.getpid()}_own"
    with django_db_blocker.unblock():
        clone(ensure_template(), name)
        use_database(name)
        yield name
        connected().set_schema_to_public()
        use_database(before)
        drop(name)


@pytest.fixture
def aurora(db: None) -> Any:
    """The EUR brand in Berlin, in test mode."""
    return brand_named("Aurora")


@pytest.fixture
def hanok(db: None) -> Any:
    """The KRW brand in Seoul, in test mode."""
    return brand_named("Hanok")


@pytest.fixture
def in_aurora(aurora: Any) -> Iterator[Any]:
    """Run the test inside Aurora."""
    from shared_apps.brands.entering import brand_entered

    with brand_entered(aurora):
        yield aurora


@pytest.fixture
def in_hanok(hanok: Any) -> Iterator[Any]:
    """Run the test inside Hanok."""
    from shared_apps.brands.entering import brand_entered

    with brand_entered(hanok):
        yield hanok


@pytest.fixture
def drain() -> Callable[[], int]:
    """Work off the entered brand's outbox in this process until nothing is due, as the worker would."""
    from shared_apps.outbox.draining import drain_schema

    def run() -> int:
        handled = total = drain_schema()
        while handled:
            handled = drain_schema()
            total += handled
        return total

    return run


@pytest.fixture(autouse=True)
def _leave_brand() -> Iterator[None]:
    from shared_apps.brands.hosts import forget_hosts

    forget_hosts()
    yield
    forget_hosts()
    connected().set_schema_to_public()


def brand_named(name: str) -> Any:
    """Return the brand of the template database with this name."""
    from shared_apps.brands.entering import public_entered
    from shared_apps.brands.models import Brand

    with public_entered():
        return Brand.objects.get(name=name)


def ensure_template() -> str:
    """Build the template database once per state of the migrations; return its name."""
    from shared_apps.brands.migrating import migrations_hash
    from shared_apps.brands.roles import append_only_tables

    sources = [Path(__file__), *sorted((Path(settings.BASE_DIR) / "shared_apps" / "brands").glob("*.py"))]
    recipe = settings.DATABASE_ROLE_PREFIX + migrations_hash() + repr(append_only_tables())
    recipe += "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in sources)
    name = f"tributary_tpl_{hashlib.sha256(recipe.encode()).hexdigest()[:10]}"
    with admin() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if not cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            build_template(f"{name}_building", cursor)
            cursor.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (f"{name}_building", name)))
            )
        cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
    return name


def build_template(name: str, cursor: "psycopg.Cursor[Any]") -> None:
    """Migrate public and the template schema, provision both brands."""
    from kernel.actor import system
    from kernel.clock import utc_now
    from shared_apps.brands.actions import provision_brand
    from shared_apps.brands.migrating import migrate_fleet

    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    use_database(name)
    migrate_fleet(say=lambda what: None)
    for brand in BRANDS:
        provision_brand(**brand, mode="test", actor=system("tests"), at=utc_now())
    for alias in ALIASES:
        connections[alias].close()


def clone(template: str, name: str) -> None:
    """Copy the template database through the log: copying files would flush the whole server, twice, each time."""
    for alias in ALIASES:
        connections[alias].close()
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    with admin() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names))
        cursor.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log").format(**names))


def drop(name: str) -> None:
    """Drop a database, whoever is still connected."""
    for alias in ALIASES:
        connections[alias].close()
    with admin() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def use_database(name: str) -> None:
    """Point both connections at a database."""
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        connections.settings[alias]["NAME"] = name
        connected(alias).set_schema_to_public()


class admin:  # noqa: N801  (reads as a context)
    """A cursor of the owner on the server's own database."""

    def __enter__(self) -> "psycopg.Cursor[Any]":
        self.connection = psycopg.connect(settings.OWNER_URL, autocommit=True)
        return self.connection.cursor()

    def __exit__(self, *_: object) -> None:
        self.connection.close()
