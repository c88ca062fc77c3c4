"""Databases and roles of this run: made at the start, dropped at the end, never anybody else's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections
from psycopg import sql

ALIASES = ("default", "owner")


@contextmanager
def own_database(name: str) -> Iterator["psycopg.Connection[Any]"]:
    """Make the database `name`, point the environment's DATABASE_URL at it, yield the owner's connection outside it.

    Afterwards every database and role whose name begins with `name` is dropped. Raises SystemExit with a
    sentence when there is no server or its durability was weakened.
    """
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise SystemExit("bench: DATABASE_URL is not set; `make bench` brings a server of its own.")
    with psycopg.connect(url, autocommit=True) as owner:
        refuse_weak_durability(owner)
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        os.environ["DATABASE_ROLE_PREFIX"] = name
        try:
            yield owner
        finally:
            close()
            drop_all(owner, name)


def refuse_weak_durability(owner: "psycopg.Connection[Any]") -> None:
    """Raise SystemExit unless what is committed is on the disk: a figure without that is worth nothing."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        (value,) = owner.execute("SELECT current_setting(%s)", [setting]).fetchone() or ("",)
        if value != "on":
            raise SystemExit(f"bench: {setting} is {value}; figures are only taken with {setting} on.")


def unlogged_tables(owner_alias: str = "owner") -> list[str]:
    """Return tables of the current database that would not survive a crash."""
    with connections[owner_alias].cursor() as cursor:
        cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'")
        return [table for (table,) in cursor.fetchall()]


def copy(owner: "psycopg.Connection[Any]", source: str, name: str) -> None:
    """Make a database as a copy of another."""
    close()
    names = {"name": sql.Identifier(name), "source": sql.Identifier(source)}
    owner.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy").format(**names))


def use(name: str) -> None:
    """Point Django's connections at a database."""
    close()
    for alias in ALIASES:
        connections[alias].settings_dict["NAME"] = name
        connections[alias].set_schema_to_public()


def close() -> None:
    """Close this process's connections."""
    for alias in ALIASES:
        if alias in connections.settings:
            connections[alias].close()


def drop_all(owner: "psycopg.Connection[Any]", prefix: str) -> None:
    """Drop the databases and roles of this run."""
    names = owner.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall()
    for (name,) in names:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    for (role,) in owner.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [prefix]).fetchall():
        owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
