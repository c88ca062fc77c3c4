from datetime import datetime, timedelta
from typing import Any

from kernel.clock import utc_now
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.postgresql.base import connected


def now() -> datetime:
    """Return the present instant of the entered brand (aware, UTC).

    Doors (views, handlers, tasks, commands) read this and pass it on as `at`; actions never do.
    A test-mode brand may run ahead of the world; its offset is read fresh, because another process
    may just have set it forward. A live brand costs no query.
    """
    tenant = connected().tenant
    if getattr(tenant, "mode", Brand.Mode.LIVE) == Brand.Mode.LIVE:
        return utc_now()
    return utc_now() + _offset(tenant)


def in_brand_time(instant: datetime) -> datetime:
    """Return an instant of the world as the entered brand's clock has it: what a provider dates is the world's.

    The offset is today's: what happened before a test-mode brand was set forward seems nearer than it was.
    """
    tenant = connected().tenant
    return instant if getattr(tenant, "mode", Brand.Mode.LIVE) == Brand.Mode.LIVE else instant + _offset(tenant)


def _offset(tenant: Any) -> timedelta:
    with public_entered():
        offset = Brand.objects.values_list("clock_offset", flat=True).filter(schema_name=tenant.schema_name).first()
    return offset or timedelta(0)
