"""What came back of a transfer, part by part."""

from datetime import datetime

from kernel.actor import Actor
from shared_apps.audit.actions import change_state, record
from tenant_apps.payments.models import PartnerTransfer, TransferReversal
from tenant_apps.payments.providers.stripe.contents import TransferFact
from tenant_apps.payments.rules import newly_reversed
from tenant_apps.payments.states import TRANSFER, TransferState


def take_back(transfer: PartnerTransfer, fact: TransferFact, *, actor: Actor, at: datetime) -> list[TransferReversal]:
    """Write the reversals that a fact names and we do not know yet, the transfer locked; return these.

    Raises FactsDiffer when a known one has another amount, or when together they exceed the transfer.
    """
    fresh = newly_reversed(
        sent_minor=transfer.amount_minor,
        currency=transfer.currency,
        known=dict(transfer.reversals.values_list("provider_reversal_id", "amount_minor")),
        told=[(each.reversal_id, each.amount_minor) for each in fact.reversals],
    )
    if fresh:
        _count(transfer, transfer.reversed_minor + sum(minor for _, minor in fresh), actor, at)
    return TransferReversal.objects.bulk_create(
        TransferReversal(transfer=transfer, provider_reversal_id=reversal, amount_minor=minor, recorded_at=at)
        for reversal, minor in fresh
    )


def _count(transfer: PartnerTransfer, total: int, actor: Actor, at: datetime) -> None:
    if total == transfer.amount_minor:
        change_state(transfer, TRANSFER, TransferState.REVERSED, actor=actor, at=at, reversed_minor=total)
        return
    before, after = {"reversed_minor": transfer.reversed_minor}, {"reversed_minor": total}
    transfer.reversed_minor = total
    transfer.save(update_fields=["reversed_minor"])
    record(actor=actor, verb="partnertransfer.reversed_in_part", subject=transfer, at=at, before=before, after=after)
