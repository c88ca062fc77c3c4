from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import active_brands
from shared_apps.outbox.tasks import tenant_task
from tenant_apps.programs.actions import bring_into_effect


@tenant_task
def bring_contracts_into_effect() -> None:
    """Say of this brand's versions whose instants have come that they are in effect, or have ended."""
    bring_into_effect(at=now())


@db_periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def bring_into_effect_everywhere() -> None:
    """Every five minutes: let each active brand say which contracts begin and end."""
    for brand in active_brands():
        with brand_entered(brand):
            bring_contracts_into_effect()
