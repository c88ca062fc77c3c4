from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record_all
from shared_apps.outbox.actions import publish, publish_all
from tenant_apps.payments.actions.reversing import take_back
from tenant_apps.payments.errors import (
    NEVER_HEARD,
    FactsDiffer,
    NoAnswer,
    NothingKnown,
    ProviderRefused,
    differs_at_provider,
)
from tenant_apps.payments.events import (
    TransferFailed,
    TransferRequested,
    TransferReversed,
    TransferSucceeded,
    TransferToLookUp,
)
from tenant_apps.payments.models import PartnerTransfer
from tenant_apps.payments.providers.stripe.amounts import to_stripe
from tenant_apps.payments.providers.stripe.contents import TransferFact
from tenant_apps.payments.providers.stripe.questions import (
    ask_transfer,
    is_over,
    key_lives,
    transfer_of,
    whole_transfer,
)
from tenant_apps.payments.queries import active_account
from tenant_apps.payments.states import TRANSFER, TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferWish:
    """One attempt of a payout, to a partner's connected account; the amount in minor units."""

    payout_ref: str
    attempt: int
    destination: str
    amount_minor: int
    currency: str


@transaction.atomic
def request_transfers(*, wishes: Sequence[TransferWish], actor: Actor, at: datetime) -> list[PartnerTransfer]:
    """Record transfers with their keys, many at once; the provider is asked for each after commit.

    An attempt of a payout is recorded once: a second wish for it meets its unique key. Raises NoAccount,
    and InvalidInput for a fraction the provider cannot say.
    """
    account = active_account()
    for wish in wishes:
        to_stripe(wish.amount_minor, wish.currency)
    transfers = PartnerTransfer.objects.bulk_create(
        PartnerTransfer(
            account=account, payout_ref=wish.payout_ref, attempt=wish.attempt, destination=wish.destination,
            amount_minor=wish.amount_minor, currency=wish.currency, requested_at=at, asked_at=utc_now(),
        )
        for wish in wishes
    )  # fmt: skip
    told = [(each, {"amount_minor": each.amount_minor, "payout": each.payout_ref}) for each in transfers]
    record_all(actor=actor, verb="transfer.requested", subjects=told, at=at)
    publish_all([TransferRequested(transfer_ref=each.public_id, at=at) for each in transfers])
    return transfers


def settle_transfer(*, transfer_ref: str, actor: Actor, at: datetime) -> PartnerTransfer:
    """Ask the provider for a transfer that is not settled and record its answer: a conversation.

    What may have been done already is looked up first; asked again it is with the same key, and only
    while the provider keeps that key. Without an answer it is unknown: never a second transfer.
    """
    transfer = PartnerTransfer.objects.select_related("account").get(public_id=transfer_ref)
    if TransferState(transfer.state).is_settled:
        return transfer
    key_is_alive = key_lives(transfer, utc_now())
    try:
        fact = transfer_of(transfer) if transfer.state == TransferState.UNKNOWN or not key_is_alive else None
    except (NoAnswer, ProviderRefused) as silence:  # a refused question says nothing of the one before
        return _noted(transfer, TransferState.UNKNOWN, silence.message, actor=actor, at=at)
    try:
        if fact is None and key_is_alive:
            fact = ask_transfer(transfer)
    except NoAnswer as silence:
        return _noted(transfer, TransferState.UNKNOWN, silence.message, actor=actor, at=at)
    except ProviderRefused as refusal:
        return _noted(transfer, TransferState.FAILED, refusal.message, actor=actor, at=at)
    if fact is None:
        to = TransferState.FAILED if is_over(transfer, utc_now()) else TransferState.UNKNOWN
        return _noted(transfer, to, NEVER_HEARD, actor=actor, at=at)
    try:
        return record_transfer(fact=fact, account_id=transfer.account.account_id, actor=actor, at=at)
    except FactsDiffer as differs:  # a person must look; the others that wait are not kept from their answers
        return _noted(transfer, TransferState.UNKNOWN, differs.message, actor=actor, at=at)


@transaction.atomic
def record_transfer(*, fact: TransferFact, account_id: str, actor: Actor, at: datetime) -> PartnerTransfer:
    """Record what the provider says of a transfer, its answer or an event, whichever comes first.

    Each reversal is recorded once by the provider's id, whatever tells of it, in whatever order; what the fact
    does not name is looked up. Raises NothingKnown for a transfer we did not ask for; FactsDiffer when account,
    destination, currency or amount contradict ours, when more came back than was sent, or when it was made after
    it had failed here.
    """
    transfer = _locked(fact)
    told = (account_id, fact.destination, fact.currency, fact.amount_minor)
    agreed = (transfer.account.account_id, transfer.destination, transfer.currency, transfer.amount_minor)
    if told != agreed:
        raise FactsDiffer(
            sentence(
                "Of transfer %(transfer)s %(agreed)s from %(from_account)s to %(to_account)s was agreed; the provider "
                "says %(told)s from %(told_from)s to %(told_to)s.",
                transfer=transfer, agreed=Money(transfer.amount_minor, transfer.currency),
                from_account=agreed[0], to_account=agreed[1], told=Money(fact.amount_minor, fact.currency),
                told_from=account_id, told_to=fact.destination,
            )
        )  # fmt: skip
    if transfer.provider_transfer_id not in (None, fact.transfer_id):
        raise differs_at_provider(transfer, known=transfer.provider_transfer_id or "", told=fact.transfer_id)
    if transfer.state == TransferState.FAILED:
        raise FactsDiffer(
            sentence(
                "Transfer %(transfer)s failed here, but the provider has it as %(told)s.",
                transfer=transfer, told=fact.transfer_id,
            )
        )  # fmt: skip
    names: dict[str, Any] = {
        "payout_ref": transfer.payout_ref,
        "attempt": transfer.attempt,
        "transfer_ref": transfer.public_id,
    }
    if not TransferState(transfer.state).is_settled:
        change_state(
            transfer, TRANSFER, TransferState.SUCCEEDED, actor=actor, at=at,
            provider_transfer_id=fact.transfer_id, error="", settled_at=at,
        )  # fmt: skip
        publish(TransferSucceeded(at=at, **names))
    for reversal in take_back(transfer, fact, actor=actor, at=at):
        publish(
            TransferReversed(
                at=at, reversal_ref=reversal.public_id, amount_minor=reversal.amount_minor,
                is_whole=reversal.amount_minor == transfer.amount_minor, **names,
            )
        )  # fmt: skip
    if transfer.reversed_minor < fact.reversed_minor:
        publish(TransferToLookUp(transfer_ref=transfer.public_id, at=at))
    return transfer


def look_up_reversals(*, transfer_ref: str, actor: Actor, at: datetime) -> PartnerTransfer:
    """Fetch all that came back of a transfer and record what the provider's events did not name.

    Raises NoAnswer while the provider does not answer.
    """
    transfer = PartnerTransfer.objects.select_related("account").get(public_id=transfer_ref)
    fact = whole_transfer(transfer)
    return record_transfer(fact=fact, account_id=transfer.account.account_id, actor=actor, at=at)


def _locked(fact: TransferFact) -> PartnerTransfer:
    transfers = PartnerTransfer.objects.select_related("account").select_for_update(of=("self",))
    transfer = transfers.filter(provider_transfer_id=fact.transfer_id).first()
    if transfer is None and fact.transfer_ref:
        transfer = transfers.filter(public_id=fact.transfer_ref).first()
    if transfer is None:
        raise NothingKnown(sentence("Nobody here asked for transfer %(transfer)s.", transfer=fact.transfer_id))
    return transfer


def _noted(transfer: PartnerTransfer, to: TransferState, words: str, *, actor: Actor, at: datetime) -> PartnerTransfer:
    with transaction.atomic():
        transfer = PartnerTransfer.objects.select_for_update().get(pk=transfer.pk)
        if TransferState(transfer.state).is_settled:
            return transfer
        if transfer.state == to:
            PartnerTransfer.objects.filter(pk=transfer.pk).exclude(error=words).update(error=words)
            return transfer
        failed = to is TransferState.FAILED
        change_state(
            transfer, TRANSFER, to, actor=actor, at=at, reason=words, error=words, settled_at=at if failed else None
        )
        if failed:
            publish(
                TransferFailed(
                    payout_ref=transfer.payout_ref, attempt=transfer.attempt, transfer_ref=transfer.public_id, at=at
                )
            )
    return transfer
