import structlog
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from kernel.clock import utc_now
from shared_apps.audit.actions import seal_record
from shared_apps.audit.verifying import all_flaws
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.postgresql.base import entered
from shared_apps.brands.queries import active_brands
from shared_apps.outbox.tasks import tenant_task

log = structlog.get_logger()
PATIENCE = 60.0


@tenant_task
def seal_record_of_brand() -> None:
    """Seal this brand's record, and write each seal to the log: a copy that no table's owner can change."""
    for seal in seal_record(at=now(), patience=PATIENCE):
        log.info("record_sealed", schema=entered(), number=seal.number, root=seal.root, hash=seal.hash)


@db_periodic_task(crontab(minute="45", hour="1"))  # type: ignore[untyped-decorator]
def seal_record_everywhere() -> None:
    """Each night: seal the platform's own record, and let each active brand seal its own."""
    for seal in seal_record(at=utc_now(), patience=PATIENCE):
        log.info("record_sealed", schema=entered(), number=seal.number, root=seal.root, hash=seal.hash)
    for brand in active_brands():
        with brand_entered(brand):
            seal_record_of_brand()


@db_periodic_task(crontab(minute="17", hour="2"))  # type: ignore[untyped-decorator]
def verify_everywhere() -> None:
    """Each night, in public and in every brand: take every look; write what must not be to the log."""
    _verify()
    for brand in active_brands():
        with brand_entered(brand):
            _verify()


def _verify() -> None:
    for flaw in all_flaws():
        log.error("flaw_found", schema=entered(), check=flaw.check, where=flaw.where, message=flaw.message)
