"""Fixtures: a sandbox per file, a sandbox of one's own, a receiver, a client in a fresh account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stripe

from tests.sandbox.running import Receiver, Sandbox

stripe.enable_telemetry = False  # as our own client: it writes into the home folder


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One process for a file of tests; each test works in an account of its own."""
    running = Sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3").start()
    yield running
    running.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Start a process that the test may turn, kill and restart."""
    running: list[Sandbox] = []

    def start(*flags: str) -> Sandbox:
        running.append(Sandbox(tmp_path / "state" / "sandbox.sqlite3", *flags).start())
        return running[-1]

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    taking = Receiver()
    yield taking
    taking.close()


@pytest.fixture
def client(sandbox: Sandbox, request: pytest.FixtureRequest) -> stripe.StripeClient:
    """The SDK in an account that no other test uses."""
    name = "".join(c for c in request.node.nodeid if c.isalnum())[-200:]
    return sandbox.client(f"sk_test_{name}")
