import json
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.errors import IllegalTransition, InvalidInput
from kernel.money import Money
from kernel.sentences import Sentence, sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.payments.actions.charging import record_charge
from tenant_apps.payments.actions.checkout import record_session
from tenant_apps.payments.actions.disputing import record_dispute
from tenant_apps.payments.actions.refunding import record_refund
from tenant_apps.payments.actions.transferring import record_transfer
from tenant_apps.payments.errors import (
    BadSignature,
    FactsDiffer,
    NothingKnown,
    SecretUnreadable,
    differs_at_provider,
)
from tenant_apps.payments.events import ProviderEventStored
from tenant_apps.payments.models import InboundEvent, PaymentIntent, ProviderAccount
from tenant_apps.payments.providers.stripe.contents import (
    CapturedCharge,
    DisputeFact,
    ExpiredSession,
    Fact,
    OpenSession,
    PaidSession,
    RefundFact,
    TransferFact,
    fact_of,
    instant,
)
from tenant_apps.payments.providers.stripe.secrets import is_live, unseal
from tenant_apps.payments.providers.stripe.signatures import verified_event
from tenant_apps.payments.states import INBOUND, InboundState, IntentState

ROTATION = timedelta(hours=24)
MAY_STILL_COME = timedelta(minutes=15)
log = structlog.get_logger()


def receive(*, provider: str, payload: bytes, signature: str, at: datetime) -> InboundEvent | None:
    """Store a provider's event once, with its raw body; None when it was stored before.

    Nothing is worked off here: the answer must be fast and must not depend on what the event says.
    Raises BadSignature for whatever is not signed by the provider with one of this brand's secrets
    within five minutes of the world's clock; then nothing is stored.
    """
    now = utc_now()
    for account in ProviderAccount.objects.filter(provider=provider).order_by("-active", "-pk"):
        try:
            event = verified_event(payload, signature, _secrets(account, now), now)
        except BadSignature:
            continue
        with transaction.atomic():
            inbound, is_new = InboundEvent.objects.get_or_create(
                provider=provider, account_id=str(event.get("account") or account.account_id)[:64],
                event_id=event["id"], defaults={"type": event["type"], "body": payload, "received_at": now},
            )  # fmt: skip
            if not is_new:
                return None
            publish(ProviderEventStored(inbound_id=inbound.pk, at=at))
        return inbound
    raise BadSignature


@transaction.atomic
def work_off(*, inbound_id: int, actor: Actor, at: datetime) -> InboundEvent:
    """Apply what a stored event says: already applied? → what is it about? → apply, ignore or park.

    Parked means that a person must look: another account, currency or amount than agreed, or money
    nobody asked for. Raises RetryLater while what it builds on may still arrive.
    """
    inbound = InboundEvent.objects.select_for_update().get(pk=inbound_id)
    if inbound.state in (InboundState.APPLIED, InboundState.IGNORED):
        return inbound
    try:
        with transaction.atomic():
            state, note = _applied(inbound, actor, at)
    except (FactsDiffer, NothingKnown, InvalidInput, IllegalTransition) as differs:
        if isinstance(differs, NothingKnown) and _may_still_come(inbound):
            raise RetryLater(differs.message) from differs
        state, note = InboundState.PARKED, differs.message
    except (KeyError, TypeError, ValueError) as unreadable:
        state = InboundState.PARKED
        note = sentence("What the provider sent is not as documented: %(failure)s", failure=repr(unreadable)[:300])
    if state is InboundState.PARKED:
        log.error("provider_event_parked", event_id=inbound.event_id, type=inbound.type, note=note)
    if state != inbound.state:
        change_state(inbound, INBOUND, state, actor=actor, at=at, reason=note, note=note, worked_off_at=at)
    return inbound


@transaction.atomic
def retry_event(*, event: InboundEvent, actor: Actor, at: datetime) -> InboundEvent:
    """Look at a parked event anew, after what it did not fit was mended; parked still, its note says why.

    Raises IllegalTransition for an event that is not parked.
    """
    _check_parked(event)
    return work_off(inbound_id=event.pk, actor=actor, at=at)


@transaction.atomic
def dismiss_event(*, event: InboundEvent, reason: str, actor: Actor, at: datetime) -> InboundEvent:
    """Resolve a parked event without booking it: a person says what was done about it.

    Raises InvalidInput without a reason, IllegalTransition for an event that is not parked.
    """
    if not 0 < len(reason.strip()) <= 500:
        raise InvalidInput(field="reason", message="must have 1 to 500 characters")
    inbound = _check_parked(event)
    change_state(
        inbound, INBOUND, InboundState.IGNORED, actor=actor, at=at, reason=reason.strip(),
        note=_resolved(inbound.note, reason.strip()), worked_off_at=at,
    )  # fmt: skip
    return inbound


def _resolved(note: str, reason: str) -> Sentence:
    if not note:
        return sentence("Resolved: %(reason)s", reason=reason)
    return sentence("%(note)s Resolved: %(reason)s", note=note, reason=reason)


def _check_parked(event: InboundEvent) -> InboundEvent:
    inbound = InboundEvent.objects.select_for_update().get(pk=event.pk)
    if inbound.state != InboundState.PARKED:
        raise IllegalTransition(lifecycle=INBOUND.name, current=inbound.state, target="resolved")
    return inbound


def _applied(inbound: InboundEvent, actor: Actor, at: datetime) -> tuple[InboundState, str]:
    event = json.loads(bytes(inbound.body))
    fact = fact_of(event["data"]["object"])
    if isinstance(fact, CapturedCharge | PaidSession | RefundFact | DisputeFact | TransferFact):
        _check_mode(inbound, bool(event.get("livemode")))
    if isinstance(fact, CapturedCharge):
        record_charge(fact=fact, account_id=inbound.account_id, actor=actor, at=at)
    elif isinstance(fact, RefundFact):
        record_refund(fact=fact, account_id=inbound.account_id, actor=actor, at=at)
    elif isinstance(fact, DisputeFact):
        told_at = instant(event["created"])
        record_dispute(fact=fact, account_id=inbound.account_id, told_at=told_at, actor=actor, at=at)
    elif isinstance(fact, TransferFact):
        record_transfer(fact=fact, account_id=inbound.account_id, actor=actor, at=at)
    elif isinstance(fact, PaidSession | OpenSession | ExpiredSession):
        record_session(intent=_intent_of(fact, inbound), fact=fact, actor=actor, at=at)
    else:
        return InboundState.IGNORED, fact.why
    return InboundState.APPLIED, ""


def _intent_of(fact: PaidSession | OpenSession | ExpiredSession, inbound: InboundEvent) -> PaymentIntent:
    intents = PaymentIntent.objects.select_related("account")
    intent = intents.filter(public_id=fact.intent_ref).first() if fact.intent_ref else None
    if intent is None:
        raise NothingKnown(sentence("No checkout of ours opened session %(session)s.", session=fact.session_id))
    if intent.session_id not in ("", fact.session_id):
        raise differs_at_provider(intent, known=intent.session_id, told=fact.session_id)
    if intent.account.account_id != inbound.account_id:
        raise FactsDiffer(
            sentence(
                "Checkout %(checkout)s was opened at account %(account)s, not at %(told)s.",
                checkout=intent, account=intent.account.account_id, told=inbound.account_id,
            )
        )  # fmt: skip
    told, agreed = _money(fact), (intent.amount_minor, intent.currency)
    if told not in (None, agreed) and intent.state != IntentState.SUCCEEDED:
        raise FactsDiffer(
            sentence(
                "Of checkout %(checkout)s %(agreed)s was agreed; session %(session)s says otherwise.",
                checkout=intent, agreed=Money(*agreed), session=fact.session_id,
            )
        )  # fmt: skip
    return intent


def _money(fact: Fact) -> tuple[int, str] | None:
    return (fact.amount_minor, fact.currency) if isinstance(fact, PaidSession) else None


def _check_mode(inbound: InboundEvent, livemode: bool) -> None:
    account = ProviderAccount.objects.filter(provider=inbound.provider, account_id=inbound.account_id).first()
    if account is None:
        raise FactsDiffer(sentence("%(account)s is no payment account of this brand.", account=inbound.account_id))
    if is_live(unseal(account.secret_key)) != livemode:
        raise FactsDiffer("The event is of the other mode: test money and real money never meet.")


def _may_still_come(inbound: InboundEvent) -> bool:
    """A refund or dispute may overtake its charge; a charge or session never its intent, which is committed first."""
    follows = json.loads(bytes(inbound.body))["data"]["object"].get("object") in ("refund", "dispute")
    return follows and utc_now() - inbound.received_at < MAY_STILL_COME


def _secrets(account: ProviderAccount, now: datetime) -> list[str]:
    sealed = [account.webhook_secret]
    if account.previous_webhook_secret and account.rotated_at and now - account.rotated_at < ROTATION:
        sealed.append(account.previous_webhook_secret)
    try:
        return [unseal(secret) for secret in sealed]
    except SecretUnreadable:
        log.error("webhook_secret_unreadable", account=account.account_id)
        return []
