"""Working off deliveries: claim, apply, mark; back off and bury what keeps failing."""

import secrets
from datetime import datetime, timedelta

import structlog
from django.db import close_old_connections, transaction
from django.db.models import Exists, Min, OuterRef

from kernel.clock import utc_now
from kernel.errors import DomainError
from kernel.sentences import sentence
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Doorbell
from shared_apps.brands.postgresql.base import connected
from shared_apps.outbox.bell import ring
from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.models import Delivery
from shared_apps.outbox.states import DeliveryState
from shared_apps.outbox.subscribing import Handler, handler_named

MOST_ATTEMPTS = 8
LEASE = timedelta(minutes=2)
log = structlog.get_logger()


def drain_schema(*, limit: int = 1000) -> int:
    """Work off due deliveries of the entered schema; return how many were handled.

    Any number of drains may run side by side: a claim skips rows another one holds.
    """
    schema, handled = connected().schema_name, 0
    with public_entered():
        heard = list(Doorbell.objects.filter(schema=schema).values_list("pk", flat=True)[:5000])
    while handled < limit and _handle_next():
        handled += 1
    _take_off_bells(schema, heard)
    return handled


def _handle_next() -> bool:
    with transaction.atomic():
        delivery = _claim()
        if delivery is None:
            return False
        handler = handler_named(delivery.handler)
        if handler is None:
            _bury(delivery, sentence("The code has no such handler any more."))
            return True
        if not handler.effect:
            return _apply(delivery, handler)
        if delivery.lease_token:
            # Whoever held the lease died of it or with it: that counts, or it would kill workers for ever.
            if delivery.attempts + 1 >= MOST_ATTEMPTS:
                _bury(delivery, sentence("Every worker that tried it was gone before it answered."))
                return True
            delivery.attempts += 1
        token = secrets.token_hex(16)
        delivery.lease_token, delivery.due_at = token, utc_now() + LEASE
        delivery.save(update_fields=["lease_token", "due_at", "attempts"])
    _take_effect(delivery, handler, token)
    return True


def _claim() -> Delivery | None:
    """Lock the next due delivery whose elder siblings (same handler, same aggregate) are all closed."""
    elder = Delivery.objects.filter(
        handler=OuterRef("handler"), aggregate=OuterRef("aggregate"), pk__lt=OuterRef("pk"), state=DeliveryState.WAITING
    )
    return (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("message")
        .filter(~Exists(elder), state=DeliveryState.WAITING, due_at__lte=utc_now())
        .order_by("due_at", "pk")
        .first()
    )


def _apply(delivery: Delivery, handler: Handler) -> bool:
    """Run a database handler inside the claiming transaction: its writes and its done-mark are one."""
    try:
        with transaction.atomic():
            handler.call(handler.event.from_payload(delivery.message.payload))
    except Exception as failure:  # noqa: BLE001  (any failure is counted, kept and retried)
        _put_back(delivery, failure)
    else:
        Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DONE, done_at=utc_now(), error="")
    return True


def _take_effect(delivery: Delivery, handler: Handler, token: str) -> None:
    """Run an effect handler outside any transaction; a worker whose lease was taken over marks nothing."""
    mine = Delivery.objects.filter(pk=delivery.pk, lease_token=token, state=DeliveryState.WAITING)
    try:
        handler.call(handler.event.from_payload(delivery.message.payload))
    except Exception as failure:  # noqa: BLE001
        if not connected().in_atomic_block:  # a caller's transaction would be lost with its connection
            close_old_connections()
        with transaction.atomic():
            still_mine = mine.select_for_update().first()
            if still_mine is not None:
                _put_back(still_mine, failure)
    else:
        mine.update(state=DeliveryState.DONE, done_at=utc_now(), error="", lease_token="")


def _put_back(delivery: Delivery, failure: Exception) -> None:
    patient = isinstance(failure, RetryLater)
    attempts = delivery.attempts + (0 if patient else 1)
    text = failure.message if isinstance(failure, DomainError) else f"{type(failure).__name__}: {failure}"[:2000]
    if attempts >= MOST_ATTEMPTS:
        _bury(delivery, text)
        return
    log.warning("delivery_put_back", handler=delivery.handler, attempts=attempts, error=text, exc_info=not patient)
    delivery.attempts, delivery.error, delivery.lease_token = attempts, text, ""
    delivery.due_at = _next_try(attempts, utc_now())
    delivery.save(update_fields=["attempts", "error", "due_at", "lease_token"])
    # Its own bell: what waits two seconds for its precondition must not wait for the sweeper's minute.
    schema, pause = connected().schema_name, (delivery.due_at - utc_now()).total_seconds()
    transaction.on_commit(lambda: ring(schema, after_seconds=pause), robust=True)


def _next_try(attempts: int, now: datetime) -> datetime:
    return now + timedelta(seconds=min(2 ** max(attempts, 1), 300))


def _bury(delivery: Delivery, text: str) -> None:
    log.error("delivery_dead", handler=delivery.handler, message=delivery.message_id, error=text)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DEAD, attempts=delivery.attempts + 1, error=text, lease_token=""
    )


def _take_off_bells(schema: str, heard: list[int]) -> None:
    """Remove the bells heard before the drain, leaving one for what still waits: both in one transaction."""
    with transaction.atomic():
        next_due = Delivery.objects.filter(state=DeliveryState.WAITING).aggregate(due=Min("due_at"))["due"]
        if next_due is not None:
            Doorbell.objects.bulk_create([Doorbell(schema=schema, due_at=next_due)])
        with public_entered():
            Doorbell.objects.filter(pk__in=heard).delete()
