import structlog
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.queries import active_brands
from tenant_apps.settlements.proof import mismatches

log = structlog.get_logger()


@db_periodic_task(crontab(minute="17", hour="2"))  # type: ignore[untyped-decorator]
def check_books() -> None:
    """Each night, in every brand: prove lines, settlements and statements against the ledger."""
    for brand in active_brands():
        try:
            with brand_entered(brand):
                for mismatch in mismatches():
                    log.error(
                        "books_mismatch", brand=brand.schema_name, check=mismatch.check, where=mismatch.where,
                        message=mismatch.message,
                    )  # fmt: skip
        except Exception:
            log.exception("check_books_failed", brand=brand.schema_name)
