"""A whole running installation for journeys, faults and browser tests: web, worker, sandbox, a database of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from django.conf import settings
from psycopg import sql

from embedded.stack import Stack
from tenant_apps.console.management.story.plot import Story, Told
from tenant_apps.console.management.story.setting import Cast, set_the_stage
from tests.conftest import admin, drop, use_database

REDIS_DATABASE = 8


class Installation:
    """The running stack, its brands, and the story each of them plays."""

    def __init__(self, stack: Stack, database: str, redis_url: str) -> None:
        self.stack, self.database, self.redis_url = stack, database, redis_url
        self.casts: list[Cast] = set_the_stage(web_port=stack.web_port, sandbox_url=stack.sandbox_url)
        self.said: list[str] = []

    @property
    def aurora(self) -> Cast:
        return self.casts[0]

    @property
    def hanok(self) -> Cast:
        return self.casts[1]

    def story(self, cast: Cast) -> Story:
        """Return a story at this brand with a visitor of its own."""
        return Story(cast=cast, port=self.stack.web_port, say=self.said.append)

    def flush_redis(self) -> None:
        """Empty the bell: nothing may be lost by it."""
        redis.Redis.from_url(self.redis_url).flushdb()


@contextmanager
def running(folder: Path, name: str) -> Iterator[Installation]:
    """Start an installation on a fresh database, with this process's connections pointing at it."""
    before = str(settings.DATABASES["default"]["NAME"])
    database = f"tributary_test_{os.getpid()}_{name}"
    owner = urlsplit(settings.OWNER_URL)
    redis_url = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path=f"/{REDIS_DATABASE}"))
    with admin() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    redis.Redis.from_url(redis_url).flushdb()
    environment: dict[str, str] = {
        "DATABASE_URL": urlunsplit(owner._replace(path=f"/{database}")),
        "REDIS_URL": redis_url,
        "DATABASE_ROLE_PREFIX": settings.DATABASE_ROLE_PREFIX,
        "MEDIA_ROOT": str(folder / "media"),
        "STRIPE_SECRET_KEY": "",
        "STRIPE_API_BASE": "",
    }
    try:
        with Stack(folder=folder, environment=environment, say=lambda line: None) as stack:
            use_database(database)
            yield Installation(stack, database, redis_url)
    finally:
        use_database(before)
        drop(database)


def installation_fixture(name: str) -> Any:
    """Return the body of a module-scoped fixture that runs an installation."""

    def fixture(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Installation]:
        with django_db_blocker.unblock(), running(tmp_path_factory.mktemp(name), name) as installation:
            yield installation

    return fixture


__all__ = ["Installation", "Told", "installation_fixture", "running"]
