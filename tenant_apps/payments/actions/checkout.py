from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.ids import public_id
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.payments.errors import AlreadyPaid, FactsDiffer, NoAnswer, ProviderRefused
from tenant_apps.payments.events import PaymentToLookUp
from tenant_apps.payments.models import PaymentIntent
from tenant_apps.payments.providers.stripe.contents import ExpiredSession, Fact, OpenSession, PaidSession
from tenant_apps.payments.providers.stripe.questions import key_lives, open_session, session_of, session_request
from tenant_apps.payments.queries import active_account
from tenant_apps.payments.states import INTENT, LIVE, IntentState


def open_intent(
    *, order_ref: str, amount_minor: int, currency: str, customer_email: str, description: str,
    line_items: list[dict[str, Any]], success_url: str, cancel_url: str, actor: Actor, at: datetime, tax_minor: int = 0,
) -> PaymentIntent:  # fmt: skip
    """Open the provider's checkout for an order: a conversation, never inside a transaction.

    The intent and its key are committed before the provider is asked; the answer is recorded after.
    Called again for the same order it goes on where it stopped, with the same key. `line_items` are
    {name, quantity, unit_minor} and add up to `amount_minor`, which holds `tax_minor`. The intent
    comes back open (with `checkout_url`), unknown or refused. Raises AlreadyPaid, NoAccount, FactsDiffer.
    """
    wish = {
        "order_ref": order_ref, "amount_minor": amount_minor, "tax_minor": tax_minor, "currency": currency,
        "opened_at": at,
    }  # fmt: skip
    words = {
        "customer_email": customer_email, "description": description, "line_items": line_items,
        "success_url": success_url, "cancel_url": cancel_url,
    }  # fmt: skip
    intent = settle_intent(intent=_recorded(wish, words), actor=actor, at=at)
    if intent.state == IntentState.EXPIRED:
        intent = settle_intent(intent=_recorded(wish, words), actor=actor, at=at)
    return intent


def settle_intent(*, intent: PaymentIntent, actor: Actor, at: datetime) -> PaymentIntent:
    """Ask the provider for what is still open about an intent and record the answer.

    An answer that never came is looked up first. Only when the provider has no such session is it
    asked again, with the same key while that is kept; later the wish is closed as expired.
    """
    now = utc_now()
    if intent.state == IntentState.OPEN and key_lives(intent, now):
        return intent
    if not (IntentState(intent.state).is_unsettled or intent.state == IntentState.OPEN):
        return intent
    key_is_alive = key_lives(intent, now)
    try:
        # Of a worker that was killed nobody knows how far it came: without a living key, look before closing.
        fact = None if intent.state == IntentState.CREATED and key_is_alive else session_of(intent)
    except (NoAnswer, ProviderRefused) as silence:  # a refused question says nothing of the one before
        return _noted(intent, IntentState.UNKNOWN, silence.message, actor=actor, at=at)
    try:
        if fact is None and key_is_alive:
            fact = open_session(intent)
    except NoAnswer as silence:
        return _noted(intent, IntentState.UNKNOWN, silence.message, actor=actor, at=at)
    except ProviderRefused as refusal:
        return _noted(intent, IntentState.REFUSED, refusal.message, actor=actor, at=at)
    return record_session(intent=intent, fact=fact, actor=actor, at=at)


@transaction.atomic
def record_session(*, intent: PaymentIntent, fact: Fact | None, actor: Actor, at: datetime) -> PaymentIntent:
    """Record what the provider says of an intent's checkout session; None: it has none and never will."""
    intent = _locked(intent)
    if isinstance(fact, OpenSession | PaidSession):
        intent.session_id = fact.session_id
        intent.provider_intent_id = fact.provider_intent_id or intent.provider_intent_id
        intent.save(update_fields=["session_id", "provider_intent_id"])
    if isinstance(fact, OpenSession) and IntentState(intent.state).is_unsettled:
        change_state(intent, INTENT, IntentState.OPEN, actor=actor, at=at, checkout_url=fact.url, error="")
    elif isinstance(fact, PaidSession):
        if IntentState(intent.state).is_unsettled:
            change_state(intent, INTENT, IntentState.OPEN, actor=actor, at=at, error="")
        if intent.state != IntentState.SUCCEEDED:
            publish(PaymentToLookUp(intent_ref=intent.public_id, refunded_minor=0, at=at))
    elif (fact is None or isinstance(fact, ExpiredSession)) and INTENT.allows(
        IntentState(intent.state), IntentState.EXPIRED
    ):
        change_state(intent, INTENT, IntentState.EXPIRED, actor=actor, at=at, checkout_url="")
    return intent


def _recorded(wish: dict[str, Any], words: dict[str, Any]) -> PaymentIntent:
    """Return the order's live intent, or a new one, committed before anybody is asked."""
    with transaction.atomic(durable=True):
        live = _live(wish)
        if live is not None:
            return live
        ref = public_id("pin")
        intent = PaymentIntent(
            public_id=ref, account=active_account(), idempotency_key=f"checkout:{ref}", asked_at=utc_now(),
            request=session_request(
                intent_ref=ref, order_ref=wish["order_ref"], currency=wish["currency"],
                seller=connection.tenant.name,  # type: ignore[attr-defined]
                **words
            ), **wish,
        )  # fmt: skip
        try:
            with transaction.atomic():
                intent.save(force_insert=True)
        except IntegrityError:
            twin = _live(wish)
            if twin is None:
                raise
            return twin
        return intent


def _live(wish: dict[str, Any]) -> PaymentIntent | None:
    live = PaymentIntent.objects.filter(order_ref=wish["order_ref"], state__in=LIVE).select_related("account").first()
    if live is None:
        return None
    if live.state == IntentState.SUCCEEDED:
        raise AlreadyPaid("This order is paid.", order=live.order_ref)
    if (live.amount_minor, live.currency) != (wish["amount_minor"], wish["currency"]):
        raise FactsDiffer("A checkout of another amount is open for this order.", order=live.order_ref)
    return live


def _noted(intent: PaymentIntent, to: IntentState, words: str, *, actor: Actor, at: datetime) -> PaymentIntent:
    with transaction.atomic():
        intent = _locked(intent)
        if intent.state != to and IntentState(intent.state).is_unsettled:
            change_state(intent, INTENT, to, actor=actor, at=at, reason=words, error=words)
    return intent


def _locked(intent: PaymentIntent) -> PaymentIntent:
    return PaymentIntent.objects.select_related("account").select_for_update(of=("self",)).get(pk=intent.pk)
