from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import connection, transaction

from kernel.clock import utc_now
from kernel.events import Event
from shared_apps.brands.models import Doorbell
from shared_apps.brands.postgresql.base import connected
from shared_apps.outbox.bell import ring
from shared_apps.outbox.errors import NoTransaction
from shared_apps.outbox.models import Delivery, Message
from shared_apps.outbox.states import DeliveryState
from shared_apps.outbox.subscribing import handlers_of

SWEPT_AFTER = timedelta(seconds=15)
AT_ONCE = 1000


def publish(event: Event) -> None:
    """Write the event and one delivery per subscriber into the current transaction; ring on commit.

    An event nobody subscribed to is still kept: it is the record of what happened.
    Raises NoTransaction outside a transaction, for an event must share the fate of its fact.
    """
    publish_all([event])


def publish_all(events: Sequence[Event]) -> None:
    """Publish many events in two statements, in their order; no event at all is none. Raises as `publish`."""
    if not connection.in_atomic_block:
        raise NoTransaction(f"{', '.join({event.name for event in events})} was published outside a transaction.")
    now, request = utc_now(), str(structlog.contextvars.get_contextvars().get("request_id", ""))
    messages = Message.objects.bulk_create(
        [
            Message(
                name=event.name, aggregate=event.aggregate, payload=event.as_payload(), published_at=now,
                request_id=request,
            )
            for event in events
        ],
        batch_size=AT_ONCE,
    )  # fmt: skip
    deliveries = [
        Delivery(message=message, handler=handler.name, aggregate=event.aggregate, due_at=now)
        for event, message in zip(events, messages, strict=True)
        for handler in handlers_of(event)
    ]
    if not deliveries:
        return
    Delivery.objects.bulk_create(deliveries, batch_size=AT_ONCE)
    schema = connected().schema_name
    Doorbell.objects.bulk_create([Doorbell(schema=schema, due_at=now + SWEPT_AFTER)])
    transaction.on_commit(lambda: ring(schema), robust=True)


def revive_delivery(*, delivery: Delivery) -> Delivery:
    """Give a dead delivery a fresh set of attempts (the console's replay button)."""
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.DEAD).update(
            state=DeliveryState.WAITING, attempts=0, due_at=utc_now(), error=""
        )
        Doorbell.objects.bulk_create([Doorbell(schema=connected().schema_name, due_at=utc_now())])
        schema = connected().schema_name
        transaction.on_commit(lambda: ring(schema), robust=True)
    return delivery
