from kernel.actor import Actor, system
from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.subscribing import subscribe
from tenant_apps.payments import actions
from tenant_apps.payments.errors import NoAnswer
from tenant_apps.payments.events import (
    PaymentToLookUp,
    ProviderEventStored,
    RefundRequested,
    TransferRequested,
    TransferToLookUp,
)

STRIPE = Actor(kind="provider", id="stripe", label="Stripe")
PAYMENTS = system("payments")


@subscribe(ProviderEventStored)
def work_off_event(event: ProviderEventStored) -> None:
    """Apply a stored event; applying it and marking it done are one transaction."""
    actions.work_off(inbound_id=event.inbound_id, actor=STRIPE, at=event.at)


@subscribe(RefundRequested, effect=True)
def ask_for_refund(event: RefundRequested) -> None:
    """Ask the provider for a refund; run again after a crash, it asks with the same key."""
    actions.settle_refund(refund_ref=event.refund_ref, actor=PAYMENTS, at=event.at)


@subscribe(TransferRequested, effect=True)
def ask_for_transfer(event: TransferRequested) -> None:
    """Ask the provider for a transfer to a partner; run again after a crash, it asks with the same key."""
    actions.settle_transfer(transfer_ref=event.transfer_ref, actor=PAYMENTS, at=event.at)


@subscribe(PaymentToLookUp, effect=True)
def look_up(event: PaymentToLookUp) -> None:
    """Fetch what the provider's events have not told; nothing to do when they have by now."""
    try:
        actions.look_up_payment(
            intent_ref=event.intent_ref, refunded_minor=event.refunded_minor, actor=PAYMENTS, at=event.at
        )
    except NoAnswer as silence:
        raise RetryLater(silence.message) from silence


@subscribe(TransferToLookUp, effect=True)
def look_up_reversals(event: TransferToLookUp) -> None:
    """Fetch what came back of a transfer and no event named; nothing to do when events have by now."""
    try:
        actions.look_up_reversals(transfer_ref=event.transfer_ref, actor=PAYMENTS, at=event.at)
    except NoAnswer as silence:
        raise RetryLater(silence.message) from silence
