from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import active_brands
from tenant_apps.reports.actions import expire_exports, expire_simulations


@db_periodic_task(crontab(minute="23"))  # type: ignore[untyped-decorator]
def drop_old_exports() -> None:
    """Every hour, in every brand: drop the files of exports whose time is over."""
    for brand in active_brands():
        with brand_entered(brand):
            while expire_exports(at=now()):
                pass


@db_periodic_task(crontab(hour="3", minute="41"))  # type: ignore[untyped-decorator]
def drop_old_simulations() -> None:
    """Every night, in every brand: drop the results of simulations whose time is over."""
    for brand in active_brands():
        with brand_entered(brand):
            while expire_simulations(at=now()):
                pass
