"""Payouts by transfers at Stripe: payments asks and looks up, what came of it is heard here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.outbox.errors import RetryLater
from tenant_apps.payments.actions import TransferWish, request_transfers
from tenant_apps.payments.queries import transfer_by_ref
from tenant_apps.settlements.actions.adjusting import owe_again
from tenant_apps.settlements.actions.paying import PROVIDER, confirm_payout, fail_payout, return_payout
from tenant_apps.settlements.models import Payout, PayoutBatch
from tenant_apps.settlements.queries import adjustments
from tenant_apps.settlements.states import BatchMethod, PayoutState

BROUGHT_BACK = sentence("Stripe took the transfer back.")


def transfer_all(*, batch: PayoutBatch, payouts: Sequence[Payout], actor: Actor, at: datetime) -> None:
    """Ask for the transfer of each payout that was just sent, to the account its batch was approved with."""
    if batch.method != BatchMethod.STRIPE:
        return
    accounts = dict(batch.items.values_list("payout_id", "stripe_account"))
    wishes = [
        TransferWish(
            payout_ref=payout.public_id, attempt=payout.attempt, destination=accounts[payout.pk],
            amount_minor=payout.amount_minor, currency=payout.currency,
        )
        for payout in payouts
    ]  # fmt: skip
    request_transfers(wishes=wishes, actor=actor, at=at)


@transaction.atomic
def follow_success(*, payout_ref: str, attempt: int, transfer_ref: str, at: datetime) -> None:
    """The transfer of this attempt arrived; an attempt that is over is not touched."""
    payout = _of_attempt(payout_ref, attempt)
    if payout is not None and payout.state == PayoutState.IN_TRANSIT:
        transfer = transfer_by_ref(transfer_ref)
        reference = transfer.provider_transfer_id if transfer else None
        confirm_payout(payout=payout, attempt=attempt, reference=reference or transfer_ref, actor=PROVIDER, at=at)


@transaction.atomic
def follow_failure(*, payout_ref: str, attempt: int, transfer_ref: str, at: datetime) -> None:
    """Nothing was transferred for this attempt: its lines stay, a new batch may pay it."""
    payout = _of_attempt(payout_ref, attempt)
    if payout is not None and payout.state == PayoutState.IN_TRANSIT:
        transfer = transfer_by_ref(transfer_ref)
        fail_payout(payout=payout, attempt=attempt, reason=transfer.error if transfer else "", actor=PROVIDER, at=at)


@transaction.atomic
def follow_reversal(
    *, payout_ref: str, attempt: int, reversal_ref: str, amount_minor: int, is_whole: bool, at: datetime
) -> None:
    """What had arrived came back: all at once, then the payout is to be tried again; or a part, then that is owed anew.

    Raises RetryLater while the arrival is yet to be heard.
    """
    payout = _of_attempt(payout_ref, attempt)
    if payout is None:
        return
    if payout.state == PayoutState.IN_TRANSIT:
        raise RetryLater(sentence("Nobody has told yet that payout %(payout)s arrived.", payout=payout_ref))
    if payout.state != PayoutState.PAID:
        return
    if is_whole:
        return_payout(payout=payout, attempt=attempt, reason=BROUGHT_BACK, actor=PROVIDER, at=at)
    elif not adjustments().filter(cause_ref=reversal_ref).exists():
        payout = Payout.objects.select_for_update(of=("self",)).select_related("settlement__period").get(pk=payout.pk)
        Payout.objects.filter(pk=payout.pk).update(returned_minor=F("returned_minor") + amount_minor)
        owe_again(payout=payout, amount_minor=amount_minor, reversal_ref=reversal_ref, actor=PROVIDER, at=at)


def _of_attempt(payout_ref: str, attempt: int) -> Payout | None:
    return Payout.objects.filter(public_id=payout_ref, attempt=attempt, method=BatchMethod.STRIPE).first()
