"""A browser without a window: Django's client on Aurora's host, a sandbox behind it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from shared_apps.brands.entering import brand_entered
from tenant_apps.catalog.models import Offer
from tests.payments.selling import Shop, connect, publish_offer
from tests.sandbox.running import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3").start()
    yield running
    running.stop()


@pytest.fixture
def shop(sandbox: Sandbox, aurora: Any, settings: Any, request: Any, drain: Callable[[], int]) -> Shop:
    """Aurora, connected to an account that no other test uses; no brand is entered."""
    settings.STRIPE_API_BASE = sandbox.url
    key = "sk_test_" + "".join(c for c in request.node.nodeid if c.isascii() and c.isalnum())[-120:]
    with brand_entered(aurora):
        connect(key)
    return Shop(sandbox, key, drain)


@pytest.fixture
def offer(aurora: Any) -> Offer:
    with brand_entered(aurora):
        return publish_offer()


@pytest.fixture
def browser() -> Client:
    return Client(headers={"host": "aurora.localhost", "accept-language": "en"})
