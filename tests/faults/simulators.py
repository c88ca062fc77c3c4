"""A process that works off a brand's outbox as the worker does, with simulations in small steps."""

import django

django.setup()  # the fork server may load this module first; every simulator is a fork of it

from shared_apps.brands.entering import brand_entered  # noqa: E402
from shared_apps.outbox.draining import drain_schema  # noqa: E402
from tenant_apps.reports.actions.simulating import advancing  # noqa: E402
from tests.conftest import brand_named, use_database  # noqa: E402

SALES_PER_STEP = 2


def work_off(database: str) -> None:
    """Work off what is due."""
    use_database(database)
    advancing.CHUNK = SALES_PER_STEP
    with brand_entered(brand_named("Aurora")):
        drain_schema()
