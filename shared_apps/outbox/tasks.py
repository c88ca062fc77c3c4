from collections.abc import Callable
from typing import Any

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from kernel.clock import utc_now
from shared_apps.brands.models import Doorbell
from shared_apps.outbox.bell import ring
from shared_apps.outbox.draining import drain_schema


def tenant_task(call: Callable[..., Any]) -> Any:
    """Make a Huey task that runs in the brand it was enqueued from: ids in, one action."""
    return db_task()(call)


@tenant_task
def drain() -> None:
    """Work off this schema's outbox, and ring again when more is due than one drain takes."""
    if drain_schema() >= 1000:
        drain()


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Each minute: ring for every schema whose bell was not answered."""
    sweep_bells()


def sweep_bells() -> int:
    """Ring for schemas with bells past due; return how many."""
    schemas = list(Doorbell.objects.filter(due_at__lte=utc_now()).values_list("schema", flat=True).distinct())
    for schema in schemas:
        ring(schema)
    return len(schemas)
