"""Examples of what the payment provider told."""

import json
from collections.abc import Callable
from typing import Any

from kernel.clock import utc_now
from kernel.sentences import sentence
from tenant_apps.payments.models import InboundEvent
from tests.api.example import Example


def a_parked_event(number: int = 1) -> InboundEvent:
    told = sentence("No checkout of ours asked for payment %(charge)s.", charge="ch_1")
    body = {"id": f"evt_{number}", "type": "charge.succeeded", "data": {"object": {"object": "charge"}}}
    return InboundEvent.objects.create(
        provider="stripe", account_id="acct_1", event_id=f"evt_{number}", type="charge.succeeded", state="parked",
        body=json.dumps(body).encode(), note=told, received_at=utc_now(),
    )  # fmt: skip


def named(path: str, **more: Any) -> Callable[[], Example]:
    def example() -> Example:
        ref = a_parked_event().public_id
        return Example(path.format(ref), has_id=True, words=[ref], **more)

    return example


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /provider-events": lambda: Example("/provider-events?state=parked", words=[a_parked_event().public_id]),
    "GET /provider-events/{event}": named("/provider-events/{}"),
    "POST /provider-events/{event}/retry": named("/provider-events/{}/retry"),
    "POST /provider-events/{event}/dismiss": named("/provider-events/{}/dismiss", body={"reason": "mended"}, once=True),
}
LISTS: dict[str, Callable[[int], Any]] = {"/provider-events": a_parked_event}
