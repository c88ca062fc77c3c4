import structlog
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from tenant_apps.payments import actions, queries

ACTOR = system("payments")
log = structlog.get_logger()


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def resolve_unknown() -> None:
    """Each minute, in every brand: look up what the provider has not answered."""
    with public_entered():
        brands = list(Brand.objects.order_by("pk"))
    for brand in brands:
        try:
            with brand_entered(brand):
                resolve_here()
        except Exception:
            log.exception("resolve_unknown_failed", brand=brand.schema_name)


def resolve_here(*, limit: int = 50) -> int:
    """Settle the entered brand's intents, refunds and transfers that wait for an answer; return how many were tried."""
    intents = list(queries.unsettled_intents(utc_now()).select_related("account")[:limit])
    refunds = list(queries.unsettled_refunds(utc_now()).values_list("public_id", flat=True)[:limit])
    transfers = list(queries.unsettled_transfers(utc_now()).values_list("public_id", flat=True)[:limit])
    for intent in intents:
        actions.settle_intent(intent=intent, actor=ACTOR, at=now())
    for refund_ref in refunds:
        actions.settle_refund(refund_ref=refund_ref, actor=ACTOR, at=now())
    for transfer_ref in transfers:
        actions.settle_transfer(transfer_ref=transfer_ref, actor=ACTOR, at=now())
    return len(intents) + len(refunds) + len(transfers)
