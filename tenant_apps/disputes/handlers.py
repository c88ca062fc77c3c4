from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.subscribing import subscribe
from tenant_apps.disputes.actions import summon
from tenant_apps.disputes.events import CreditDisputeOpened
from tenant_apps.disputes.queries import dispute_by_ref


@subscribe(CreditDisputeOpened)
def tell_counterparties(event: CreditDisputeOpened) -> None:
    """Tell the counterparties, and start the clock then."""
    dispute = dispute_by_ref(event.dispute_ref)
    if dispute is None:
        raise RetryLater(f"The claim {event.dispute_ref} is not there yet.")
    summon(dispute=dispute, at=event.at)
