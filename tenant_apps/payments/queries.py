from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, QuerySet, Sum

from tenant_apps.payments.errors import NoAccount
from tenant_apps.payments.models import (
    Charge,
    Dispute,
    InboundEvent,
    PartnerTransfer,
    PaymentIntent,
    ProviderAccount,
    Refund,
    TransferReversal,
)
from tenant_apps.payments.states import InboundState, IntentState, RefundState, TransferState

PATIENCE = timedelta(minutes=1)


def active_account(provider: str = "stripe") -> ProviderAccount:
    """Return the account that new payments go to; raise NoAccount when none is connected."""
    account = ProviderAccount.objects.filter(provider=provider, active=True).first()
    if account is None:
        raise NoAccount
    return account


def can_transfer() -> bool:
    """Return whether the brand has an account at Stripe that transfers may leave from."""
    return ProviderAccount.objects.filter(provider="stripe", active=True).exists()


def intent_of_order(order_ref: str) -> PaymentIntent | None:
    """Return the latest intent of an order."""
    return PaymentIntent.objects.filter(order_ref=order_ref).order_by("-pk").first()


def charge_of_order(order_ref: str) -> Charge | None:
    """Return the charge that paid an order."""
    return Charge.objects.filter(intent__order_ref=order_ref).order_by("pk").first()


def cards_of_orders(order_refs: list[str]) -> frozenset[str]:
    """Return the pseudonyms of the cards that paid these orders, where the provider told them."""
    charges = Charge.objects.filter(intent__order_ref__in=order_refs).exclude(card_key="")
    return frozenset(charges.values_list("card_key", flat=True))


def refunds_of_order(order_ref: str) -> QuerySet[Refund]:
    """Return the refunds of an order, oldest first."""
    return Refund.objects.filter(charge__intent__order_ref=order_ref).order_by("pk")


def disputes_of_order(order_ref: str) -> QuerySet[Dispute]:
    """Return the disputes of an order's payment, oldest first."""
    return Dispute.objects.filter(charge__intent__order_ref=order_ref).order_by("pk")


def unsettled_intents(now: datetime) -> QuerySet[PaymentIntent]:
    """Return intents whose answer is owed for longer than a minute."""
    return PaymentIntent.objects.filter(
        state__in=[IntentState.CREATED, IntentState.UNKNOWN], asked_at__lt=now - PATIENCE
    ).order_by("pk")


def unsettled_refunds(now: datetime) -> QuerySet[Refund]:
    """Return refunds whose end is not known for longer than a minute."""
    return Refund.objects.filter(
        state__in=[RefundState.REQUESTED, RefundState.UNKNOWN], asked_at__lt=now - PATIENCE
    ).order_by("pk")


def unsettled_transfers(now: datetime) -> QuerySet[PartnerTransfer]:
    """Return transfers to partners whose end is not known for longer than a minute."""
    return PartnerTransfer.objects.filter(
        state__in=[TransferState.REQUESTED, TransferState.UNKNOWN], asked_at__lt=now - PATIENCE
    ).order_by("pk")


def transfer_by_ref(ref: str) -> PartnerTransfer | None:
    """Return a transfer to a partner by its public id."""
    return PartnerTransfer.objects.filter(public_id=ref).first()


def transfers_of_payouts(payout_refs: Iterable[str]) -> dict[tuple[str, int], PartnerTransfer]:
    """Return the transfers of these payouts, by payout and attempt. One query."""
    found = PartnerTransfer.objects.filter(payout_ref__in=set(payout_refs))
    return {(transfer.payout_ref, transfer.attempt): transfer for transfer in found}


def arrived_by_payout() -> dict[str, int]:
    """Return what arrived of each payout by transfers and did not come back, all its attempts together."""
    moved = PartnerTransfer.objects.filter(state__in=[TransferState.SUCCEEDED, TransferState.REVERSED])
    kept = Sum(F("amount_minor") - F("reversed_minor"))
    return dict(moved.order_by().values_list("payout_ref").annotate(kept=kept))


def reversals_of_payout(payout_ref: str) -> QuerySet[TransferReversal]:
    """Return what came back of a payout's transfers, oldest first."""
    return TransferReversal.objects.filter(transfer__payout_ref=payout_ref).order_by("pk")


def provider_events(state: InboundState | None = None) -> QuerySet[InboundEvent]:
    """Return the provider's events without their bodies, the latest first; `state` keeps those in it."""
    events = InboundEvent.objects.defer("body").order_by("-pk")
    return events.filter(state=state) if state else events


def event_by_ref(ref: str) -> InboundEvent | None:
    """Return an event of the provider by its public id here."""
    return InboundEvent.objects.filter(public_id=ref).first()
