from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import active_brands
from shared_apps.outbox.tasks import tenant_task
from tenant_apps.attribution import actions


@tenant_task
def expire_deals() -> None:
    """Say of this brand's deals whose clock ran out that they expired."""
    actions.expire_deals(at=now())


@db_periodic_task(crontab(minute="17"))  # type: ignore[untyped-decorator]
def expire_deals_everywhere() -> None:
    """Every hour: let each active brand expire its deals."""
    for brand in active_brands():
        with brand_entered(brand):
            expire_deals()
