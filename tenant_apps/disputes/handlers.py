from kernel.sentences import sentence
from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.subscribing import subscribe
from tenant_apps.commissions.events import CommissionPricedAgain
from tenant_apps.commissions.queries import commission_by_ref
from tenant_apps.disputes.actions import freeze_late, summon
from tenant_apps.disputes.events import CreditDisputeOpened
from tenant_apps.disputes.queries import dispute_by_ref


@subscribe(CommissionPricedAgain)
def hold_late_line(event: CommissionPricedAgain) -> None:
    """Hold the disputed part of a line that got its price while claims on its sale are open."""
    line = commission_by_ref(event.commission_ref)
    if line is not None:
        freeze_late(order_ref=event.order_ref, enrollment=line.enrollment, at=event.at)


@subscribe(CreditDisputeOpened)
def tell_counterparties(event: CreditDisputeOpened) -> None:
    """Tell the counterparties, and start the clock then."""
    dispute = dispute_by_ref(event.dispute_ref)
    if dispute is None:
        raise RetryLater(sentence("Claim %(claim)s is not there yet.", claim=event.dispute_ref))
    summon(dispute=dispute, at=event.at)
