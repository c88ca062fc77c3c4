import structlog
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import active_brands
from tenant_apps.disputes.actions import close_due

log = structlog.get_logger()


@db_periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def close_disputes() -> None:
    """Every ten minutes, in every brand: let the clock decide claims whose deadline has passed."""
    for brand in active_brands():
        try:
            with brand_entered(brand):
                close_due(at=now())
        except Exception:
            log.exception("close_disputes_failed", brand=brand.schema_name)
