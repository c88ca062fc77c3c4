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


def publish(event: Event) -> None:
    """Write the event and one delivery per subscriber into the current transaction; ring on commit.

    An event nobody subscribed to is still kept: it is the record of what happened.
    Raises NoTransaction outside a transaction, for an event must share the fate of its fact.
    """
    if not connection.in_atomic_block:
        raise NoTransaction(f"{event.name} was published outside a transaction.")
    now = utc_now()
    message = Message.objects.create(
        name=event.name, aggregate=event.aggregate, payload=event.as_payload(), published_at=now,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )  # fmt: skip
    handlers = handlers_of(event)
    if not handlers:
        return
    Delivery.objects.bulk_create(
        Delivery(message=message, handler=handler.name, aggregate=event.aggregate, due_at=now) for handler in handlers
    )
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
