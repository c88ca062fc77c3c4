"""Messages are delivered at least once, applied once, in order per aggregate, whatever falls over."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection, connections, transaction

from kernel.clock import utc_now
from kernel.events import Event
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand, Doorbell
from shared_apps.outbox import subscribing
from shared_apps.outbox.actions import publish, revive_delivery
from shared_apps.outbox.draining import MOST_ATTEMPTS, drain_schema
from shared_apps.outbox.errors import NoTransaction, RetryLater
from shared_apps.outbox.models import Delivery, Message
from shared_apps.outbox.subscribing import subscribe
from tenant_apps.customers.models import Customer
from tests.conftest import brand_named


@dataclass(frozen=True, kw_only=True)
class BellRung(Event):
    name: ClassVar[str] = "test.bell_rung"
    aggregate_field: ClassVar[str] = "tower"
    tower: str
    stroke: int = 0


@pytest.fixture
def handlers() -> Iterator[Callable[..., None]]:
    """Subscribe for the time of a test."""
    before = (dict(subscribing._by_name), {name: list(known) for name, known in subscribing._by_event.items()})

    def add(call: Callable[[BellRung], None], **options: Any) -> None:
        subscribe(BellRung, **options)(call)

    yield add
    subscribing._by_name.clear()
    subscribing._by_name.update(before[0])
    subscribing._by_event.clear()
    subscribing._by_event.update(before[1])


def ring(tower: str, stroke: int = 0, at: datetime | None = None) -> None:
    with transaction.atomic():
        publish(BellRung(at=at or utc_now(), tower=tower, stroke=stroke))


def due_now() -> None:
    Delivery.objects.filter(state="waiting").update(due_at=utc_now() - timedelta(seconds=1))


def test_an_event_needs_the_transaction_of_its_fact(own_database: str) -> None:
    with brand_entered(brand_named("Aurora")):
        with pytest.raises(NoTransaction):
            publish(BellRung(at=utc_now(), tower="north"))
        assert Message.objects.count() == 0


def test_a_rolled_back_fact_leaves_no_message_and_no_bell(in_aurora: Brand, handlers: Any) -> None:
    handlers(lambda event: None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        publish(BellRung(at=utc_now(), tower="north"))
        raise ZeroDivisionError
    assert Message.objects.count() == Delivery.objects.count() == 0
    with public_entered():
        assert Doorbell.objects.count() == 0


def test_the_event_arrives_as_it_was_published(in_aurora: Brand, handlers: Any, drain: Any) -> None:
    heard: list[BellRung] = []
    handlers(lambda event: heard.append(event))  # noqa: PLW0108  (a built-in has no module to be named by)
    at = utc_now()
    ring("north", 3, at)
    assert drain() == 1
    assert heard == [BellRung(at=at, tower="north", stroke=3)]
    assert drain() == 0


def test_a_failing_handler_leaves_nothing_and_is_tried_again(in_aurora: Brand, handlers: Any, drain: Any) -> None:
    mood = {"fails": True}

    def note(event: BellRung) -> None:
        Customer.objects.create(email=f"{event.tower}@example.com", created_at=event.at)
        if mood["fails"]:
            raise RuntimeError("the rope broke")

    handlers(note)
    ring("north")
    drain()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert "the rope broke" in delivery.error
    assert Customer.objects.count() == 0
    mood["fails"] = False
    due_now()
    drain()
    assert Delivery.objects.get().state == "done"
    assert Customer.objects.count() == 1


def test_a_poisoned_event_is_buried_after_eight_tries_and_others_go_on(
    in_aurora: Brand, handlers: Any, drain: Any
) -> None:
    heard: list[int] = []

    def toll(event: BellRung) -> None:
        if event.stroke == 1:
            raise RuntimeError("poison")
        heard.append(event.stroke)

    handlers(toll)
    for stroke in (1, 2):
        ring("north", stroke)
    ring("south", 9)
    for _ in range(MOST_ATTEMPTS):
        due_now()
        drain()
    due_now()
    drain()
    states = {row.message.payload["stroke"]: row.state for row in Delivery.objects.select_related("message")}
    assert states == {1: "dead", 2: "done", 9: "done"}
    assert heard == [9, 2], "the south is not held up; the north waits for its elder until it is buried"


def test_a_buried_delivery_can_be_revived(in_aurora: Brand, handlers: Any, drain: Any) -> None:
    mood = {"fails": True}

    def toll(event: BellRung) -> None:
        if mood["fails"]:
            raise RuntimeError("poison")

    handlers(toll)
    ring("north")
    for _ in range(MOST_ATTEMPTS):
        due_now()
        drain()
    delivery = Delivery.objects.get()
    assert delivery.state == "dead"
    mood["fails"] = False
    revive_delivery(delivery=delivery)
    drain()
    assert Delivery.objects.get().state == "done"


def test_retry_later_waits_without_counting(in_aurora: Brand, handlers: Any, drain: Any) -> None:
    def toll(event: BellRung) -> None:
        raise RetryLater("not yet")

    handlers(toll)
    ring("north")
    for _ in range(MOST_ATTEMPTS + 2):
        due_now()
        drain()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)


def test_messages_of_one_aggregate_keep_their_order(in_aurora: Brand, handlers: Any, drain: Any) -> None:
    heard: list[tuple[str, int]] = []
    mood = {"fails": True}

    def toll(event: BellRung) -> None:
        if event.stroke == 0 and mood.pop("fails", False):
            raise RuntimeError("once")
        heard.append((event.tower, event.stroke))

    handlers(toll)
    for stroke in range(3):
        ring("north", stroke)
    drain()
    assert heard == []
    due_now()
    drain()
    assert heard == [("north", 0), ("north", 1), ("north", 2)]


def test_an_effect_runs_outside_any_transaction(own_database: str, handlers: Any) -> None:
    seen: list[bool] = []
    handlers(lambda event: seen.append(connection.in_atomic_block), effect=True)
    with brand_entered(brand_named("Aurora")):
        ring("north")
        drain_schema()
        assert Delivery.objects.get().state == "done"
    assert seen == [False]


def test_a_worker_whose_lease_was_taken_over_marks_nothing(own_database: str, handlers: Any) -> None:
    def slow(event: BellRung) -> None:
        Delivery.objects.update(lease_token="another", due_at=utc_now() + timedelta(minutes=1))

    handlers(slow, effect=True)
    with brand_entered(brand_named("Aurora")):
        ring("north")
        drain_schema()
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.lease_token) == ("waiting", "another")


def test_an_effect_that_kills_its_workers_is_buried(own_database: str, handlers: Any) -> None:
    class WorkerGoneError(BaseException):
        """As kill -9: nothing runs after it."""

    def deadly(event: BellRung) -> None:
        raise WorkerGoneError

    handlers(deadly, effect=True)
    with brand_entered(brand_named("Aurora")):
        ring("north")
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(WorkerGoneError):
                drain_schema()
            due_now()
        drain_schema()
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.attempts) == ("dead", MOST_ATTEMPTS)


def test_many_drains_side_by_side_apply_each_once(own_database: str, handlers: Any) -> None:
    def note(event: BellRung) -> None:
        Customer.objects.create(email=f"{event.tower}-{event.stroke}@example.com", created_at=event.at)

    handlers(note)
    aurora = brand_named("Aurora")
    with brand_entered(aurora):
        for stroke in range(40):
            ring(f"tower {stroke % 7}", stroke)

    def work() -> None:
        with brand_entered(aurora):
            drain_schema()
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with brand_entered(aurora):
        drain_schema()
        assert Customer.objects.count() == 40
        assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 0)}


def test_the_bell_stays_while_work_waits_and_goes_when_it_is_done(in_aurora: Brand, handlers: Any, drain: Any) -> None:
    mood = {"fails": True}

    def toll(event: BellRung) -> None:
        if mood["fails"]:
            raise RuntimeError("later")

    handlers(toll)
    ring("north")
    drain()
    with public_entered():
        assert Doorbell.objects.filter(schema=in_aurora.schema_name).exists()
    mood["fails"] = False
    due_now()
    drain()
    drain()
    with public_entered():
        assert not Doorbell.objects.filter(schema=in_aurora.schema_name).exists()


def test_a_delivery_of_a_handler_the_code_lost_is_buried(in_aurora: Brand, handlers: Any, drain: Any) -> None:
    handlers(lambda event: None)
    ring("north")
    Delivery.objects.update(handler="gone.for_ever")
    drain()
    assert Delivery.objects.get().state == "dead"


def test_brands_do_not_hear_each_other(aurora: Brand, hanok: Brand, handlers: Any, drain: Any) -> None:
    heard: list[str] = []
    handlers(lambda event: heard.append(connection.settings_dict["SCHEMA"]))
    with brand_entered(aurora):
        ring("north")
    with brand_entered(hanok):
        assert drain() == 0
    with brand_entered(aurora):
        assert drain() == 1
    assert heard == [aurora.schema_name]
