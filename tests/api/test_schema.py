"""The API against its own document: whatever is sent, the answer is in the document and never our fault."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.api import brand_api
from config.wsgi import application
from shared_apps.brands.models import Brand

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def kept_transaction() -> Iterator[None]:
    """Let requests through the WSGI door share the test's transaction, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


schema = schemathesis.openapi.from_dict(json.loads(json.dumps(brand_api.get_openapi_schema(path_prefix="/api/v1/"))))
schema.app = application
# A key never passes a partner's door, so no payload would be read there; test_foreign_brand spoils those by a session.
of_keys = schema.exclude(path_regex="/partner/")


@of_keys.parametrize()
@settings(
    max_examples=40, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_whatever_is_sent_the_answer_is_in_the_document(
    case: Any, aurora: Brand, key_of: Callable[..., str], kept_transaction: None
) -> None:
    secret = key_of(aurora)
    headers = {"Host": "aurora.localhost", "Authorization": f"Bearer {secret}"}
    case.call_and_validate(headers=headers, checks=CHECKS)
