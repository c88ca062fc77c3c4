"""A whole running installation for journeys, faults and browser tests: web, worker, sandbox; its own database and bell.

It is started once for all of them. Each module plays with brands of its own (`casts`), so none sees another's rows;
when it is done, the books of its brands must be right.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test.utils import override_settings
from psycopg import sql

from embedded import valkey
from embedded.binaries import find_valkey
from embedded.stack import Stack
from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import LEASE
from shared_apps.outbox.models import Delivery
from tenant_apps.console.management.story.browsing import Browser, until
from tenant_apps.console.management.story.plot import Story
from tenant_apps.console.management.story.setting import BRANDS, PASSWORD, Cast, cast_brand
from tenant_apps.settlements.proof import mismatches
from tests.conftest import admin, drop, use_database

ARGON = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
BELL_PORTS = range(26379, 26479)
# What a dead worker held is due again when its lease ends; the sweeper's next round is at most a minute later.
PATIENCE = LEASE.total_seconds() + 120


class Installation:
    """The running stack, and the ways to look at it, to disturb it and to set brands up in it."""

    def __init__(self, stack: Stack, database: str, bell: valkey.Valkey, folder: Path) -> None:
        self.stack, self.database, self.bell, self.folder = stack, database, bell, folder
        self.said: list[str] = []
        self.casts: list[Cast] = []
        self.killed_at = utc_now()

    def cast(self, kind: int, scene: str) -> Cast:
        """Set up a brand like the story's first (EUR, Berlin) or second (KRW, Seoul) on a host of its own."""
        domain = f"{scene}-{BRANDS[kind]['domain']}"
        # The web process knows no other hasher.
        with override_settings(PASSWORD_HASHERS=ARGON):
            self.casts.append(
                cast_brand(
                    BRANDS[kind] | {"domain": domain}, web_port=self.stack.web_port, sandbox_url=self.stack.sandbox_url
                )
            )
        return self.casts[-1]

    def story(self, cast: Cast) -> Story:
        """Return a story at this brand with a visitor of its own."""
        return Story(cast=cast, port=self.stack.web_port, say=self.said.append)

    def visitor(self, cast: Cast) -> Browser:
        """Return a browser at the brand, signed in nowhere."""
        return Browser(host=cast.domain, port=self.stack.web_port)

    def operator(self, cast: Cast, role: str) -> Browser:
        """Return a browser signed in at the brand's console as `admin`, `operations`, `finance` or `second finance`."""
        browser = self.visitor(cast)
        browser.sign_in(cast.people[role], PASSWORD)
        return browser

    def kill_worker(self) -> None:
        """End the worker as a crash would."""
        self.stack.supervisor.kill("worker")
        self.killed_at = utc_now()

    def worker_pid(self) -> int:
        """Return the worker's process id."""
        return self.stack.supervisor.processes["worker"].pid

    def flush_redis(self) -> None:
        """Empty the bell: nothing may be lost by it."""
        redis.Redis.from_url(self.bell.url).flushall()

    def stop_redis(self) -> None:
        """Take the bell away."""
        os.kill(self.bell.child.pid, signal.SIGKILL)
        self.bell.stop()

    def start_redis(self) -> None:
        """Bring the bell back where it was."""
        self.bell = start_bell(self.folder, range(self.bell.port, self.bell.port + 1))

    def knobs(self, **values: object) -> None:
        """Turn the payment sandbox's knobs."""
        httpx.post(f"{self.stack.sandbox_url}/_sandbox/knobs", json=values).raise_for_status()

    def ring(self, cast: Cast) -> None:
        """Have something happen at the brand, so that its bell rings: somebody visits the partner's blog."""
        self.story(cast).visit()

    def pass_leases(self, cast: Cast) -> int:
        """Let what killed workers held at the brand be due now, and return how much that is.

        By themselves their leases would end after `LEASE`.

        What a living worker took since the last kill stays its own.
        """
        with brand_entered(cast.brand):
            held = Delivery.objects.filter(state="waiting", due_at__lte=self.killed_at + LEASE)
            return held.exclude(lease_token="").update(due_at=utc_now())

    def wait_until_asked(self, seconds: float = 30) -> None:
        """Wait until the sandbox has a request with a key before it that it has not answered yet."""
        address = f"{self.stack.sandbox_url}/_sandbox/state"
        until(
            lambda: httpx.get(address).json()["keys_under_way"] > 0,
            what="the question to reach the sandbox", seconds=seconds,
        )  # fmt: skip

    def wait_until_sent(self, seconds: float = 60) -> None:
        """Wait until the sandbox has delivered every webhook it owes."""
        address = f"{self.stack.sandbox_url}/_sandbox/state"
        until(
            lambda: httpx.get(address).json()["deliveries"]["pending"] == 0,
            what="the sandbox to have delivered everything", seconds=seconds,
        )  # fmt: skip

    def wait_until_drained(self, cast: Cast, seconds: float = PATIENCE) -> None:
        """Wait until nothing waits in the brand's outbox; what still does then is said with the failure."""
        with brand_entered(cast.brand):
            waiting = Delivery.objects.filter(state="waiting")
            try:
                until(lambda: not waiting.exists(), what="the outbox to drain", seconds=seconds)
            except TimeoutError as late:
                left = waiting.values("handler", "attempts", "due_at", "lease_token", "error", "message_id")
                raise TimeoutError(f"{late}; at {utc_now()} there wait {list(left[:20])}") from late

    def wrong_books(self) -> list[str]:
        """Say what is wrong in the books of the brands set up since the last time, when all that was due is done."""
        casts, self.casts = self.casts, []
        wrong = []
        for cast in casts:
            if self.pass_leases(cast):
                self.ring(cast)
            self.wait_until_drained(cast)
            with brand_entered(cast.brand):
                wrong += [f"{cast.domain}: {mismatch}" for mismatch in mismatches()]
        return wrong


def start_bell(folder: Path, ports: range = BELL_PORTS) -> valkey.Valkey:
    """Start a Redis of the installation's own."""
    return valkey.start(
        program=find_valkey(), folder=folder / "bell", log=folder / "logs" / "bell.log", preferred_ports=ports
    )


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """Start an installation on a fresh database."""
    database = f"tributary_test_{os.getpid()}_installed"
    owner = urlsplit(settings.OWNER_URL)
    with admin() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    bell = start_bell(folder)
    environment: dict[str, str] = {
        "DATABASE_URL": urlunsplit(owner._replace(path=f"/{database}")),
        "REDIS_URL": bell.url,
        "DATABASE_ROLE_PREFIX": settings.DATABASE_ROLE_PREFIX,
        "MEDIA_ROOT": str(folder / "media"),
        "STRIPE_SECRET_KEY": "",
        "STRIPE_API_BASE": "",
    }
    installed = None
    try:
        with Stack(folder=folder, environment=environment, say=lambda line: None) as stack:
            installed = Installation(stack, database, bell, folder)
            yield installed
    finally:
        (installed.bell if installed else bell).stop()
        drop(database)


@pytest.fixture(scope="session")
def installed(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Installation]:
    """The one installation of this test run."""
    with django_db_blocker.unblock(), running(tmp_path_factory.mktemp("installation")) as installation:
        yield installation


@pytest.fixture(scope="module")
def installation(installed: Installation, django_db_blocker: Any) -> Iterator[Installation]:
    """The installation, with this process's connections pointing at its database for the module's time."""
    before = str(settings.DATABASES["default"]["NAME"])
    with django_db_blocker.unblock():
        use_database(installed.database)
        yield installed
        installed.knobs(duplicate=1, reorder=False, api_delay_ms=0)
        try:
            assert installed.wrong_books() == []
        finally:
            use_database(before)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Make all calls at the same moment, each in a thread; return answers, or exceptions, in the order of the calls."""
    gate, answers = threading.Barrier(len(calls)), list[Any]([None] * len(calls))

    def run(place: int) -> None:
        gate.wait()
        try:
            answers[place] = calls[place]()
        except Exception as failure:  # noqa: BLE001  (the test looks at it)
            answers[place] = failure
        finally:
            for alias in connections:
                connections[alias].close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
