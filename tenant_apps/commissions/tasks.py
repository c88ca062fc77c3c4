from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import active_brands
from shared_apps.outbox.tasks import tenant_task
from tenant_apps.commissions.actions import mature_due

BATCH = 500


@tenant_task
def mature_commissions() -> None:
    """Make this brand's commissions payable whose hold is over, and go on while more are due."""
    if mature_due(at=now(), limit=BATCH) >= BATCH:
        mature_commissions()


@db_periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def mature_everywhere() -> None:
    """Every five minutes: let each active brand mature what is due."""
    for brand in active_brands():
        with brand_entered(brand):
            mature_commissions()
