"""A sandbox process per file and an account of its own per test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.payments.selling import Shop, connect
from tests.sandbox.running import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3").start()
    yield running
    running.stop()


@pytest.fixture
def shop(
    sandbox: Sandbox, in_aurora: Any, settings: Any, request: pytest.FixtureRequest, drain: Callable[[], int]
) -> Shop:
    """Aurora, connected to an account that no other test uses."""
    settings.STRIPE_API_BASE = sandbox.url
    key = "sk_test_" + "".join(c for c in request.node.nodeid if c.isascii() and c.isalnum())[-120:]
    connect(key)
    return Shop(sandbox, key, drain)
