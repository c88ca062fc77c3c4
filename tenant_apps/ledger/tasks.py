import structlog
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered, entered_brand
from shared_apps.brands.queries import active_brands
from shared_apps.outbox.tasks import tenant_task
from tenant_apps.ledger.actions import seal_books, write_checkpoints
from tenant_apps.ledger.errors import BooksBusy

log = structlog.get_logger()
PATIENCE = 60.0


@tenant_task
def seal_brand() -> None:
    """Seal this brand's books, and write each seal to the log: a copy that no table's owner can change."""
    brand = entered_brand().schema_name
    try:
        for seal in seal_books(at=now(), patience=PATIENCE):
            log.info("books_sealed", brand=brand, number=seal.number, root=seal.root, hash=seal.hash)
    except BooksBusy:
        # Nothing is lost: the next night's seal begins where the last one ended.
        log.warning("books_busy", brand=brand)


@tenant_task
def checkpoint_brand() -> None:
    """Write down the sums of this brand's busy accounts."""
    try:
        write_checkpoints(at=now(), patience=PATIENCE)
    except BooksBusy:
        # Nothing is lost: balances are summed from the last checkpoint on.
        log.warning("books_busy", brand=entered_brand().schema_name)


@db_periodic_task(crontab(minute="25"))  # type: ignore[untyped-decorator]
def checkpoint_everywhere() -> None:
    """Each hour: let each active brand write its checkpoints."""
    for brand in active_brands():
        with brand_entered(brand):
            checkpoint_brand()


@db_periodic_task(crontab(minute="40", hour="1"))  # type: ignore[untyped-decorator]
def seal_everywhere() -> None:
    """Each night, before the books are checked: let each active brand seal its books."""
    for brand in active_brands():
        with brand_entered(brand):
            seal_brand()
