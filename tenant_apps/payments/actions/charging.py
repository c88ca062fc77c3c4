from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.brands.pseudonyms import pseudonym
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.payments.actions.booking import book_captured
from tenant_apps.payments.actions.refunding import record_refund
from tenant_apps.payments.errors import FactsDiffer, NothingKnown, differs_at_provider
from tenant_apps.payments.events import PaymentIdentified, PaymentSucceeded, PaymentToLookUp
from tenant_apps.payments.models import Charge, PaymentIntent
from tenant_apps.payments.providers.stripe.contents import CapturedCharge
from tenant_apps.payments.providers.stripe.questions import captured_charge, refunds_of
from tenant_apps.payments.states import INTENT, LIVE, IntentState


@transaction.atomic
def record_charge(*, fact: CapturedCharge, account_id: str, actor: Actor, at: datetime) -> Charge:
    """Record captured money once, whichever object told of it first; book it and say that it came.

    Raises NothingKnown when no intent of ours asked for it, FactsDiffer when account, currency, amount
    or a second charge do not fit: then nothing is written.
    """
    intent = _intent_of(fact, account_id)
    charge = Charge.objects.filter(intent=intent).first()
    if charge is None:
        _refuse_second_payment(intent)
        charge = Charge.objects.create(
            intent=intent, provider_charge_id=fact.charge_id, amount_minor=intent.amount_minor,
            currency=intent.currency, captured_at=at, card_key=pseudonym(fact.card_fingerprint),
        )  # fmt: skip
        change_state(
            intent, INTENT, IntentState.SUCCEEDED, actor=actor, at=at,
            provider_intent_id=fact.provider_intent_id or intent.provider_intent_id, error="",
        )  # fmt: skip
        book_captured(charge, intent, at)
        publish(
            PaymentSucceeded(
                order_ref=intent.order_ref, charge_ref=charge.public_id, amount_minor=charge.amount_minor,
                currency=charge.currency, at=at,
            )
        )  # fmt: skip
    elif charge.provider_charge_id != fact.charge_id:
        raise FactsDiffer(
            sentence(
                "Checkout %(checkout)s was paid by %(paid_by)s; now %(charge)s claims to have paid it too.",
                checkout=intent, paid_by=charge.provider_charge_id, charge=fact.charge_id,
            )
        )  # fmt: skip
    elif fact.card_fingerprint and not charge.card_key:
        _note_card(charge, intent, fact, at)
    if fact.refunded_minor > charge.refunded_minor:
        publish(PaymentToLookUp(intent_ref=intent.public_id, refunded_minor=fact.refunded_minor, at=at))
    return charge


def look_up_payment(*, intent_ref: str, refunded_minor: int, actor: Actor, at: datetime) -> None:
    """Fetch from the provider what its events have not told by now: a charge, refunds. Costs nothing when all is told.

    Raises RetryLater while the provider has no captured charge yet, NoAnswer when it is silent.
    """
    intent = PaymentIntent.objects.select_related("account").get(public_id=intent_ref)
    charge = Charge.objects.filter(intent=intent).first()
    if charge is None:
        fact = captured_charge(intent, intent.provider_intent_id)
        if fact is None:
            raise RetryLater(sentence("No payment of checkout %(checkout)s has arrived yet.", checkout=intent))
        charge = record_charge(fact=fact, account_id=intent.account.account_id, actor=actor, at=at)
    if charge.refunded_minor < refunded_minor:
        for refund in refunds_of(Charge.objects.select_related("intent__account").get(pk=charge.pk)):
            record_refund(fact=refund, account_id=intent.account.account_id, actor=actor, at=at)


def _note_card(charge: Charge, intent: PaymentIntent, fact: CapturedCharge, at: datetime) -> None:
    """Keep which card paid, when another object told of the money first."""
    charge.card_key = pseudonym(fact.card_fingerprint)
    charge.save(update_fields=["card_key"])
    publish(PaymentIdentified(order_ref=intent.order_ref, charge_ref=charge.public_id, at=at))


def _intent_of(fact: CapturedCharge, account_id: str) -> PaymentIntent:
    """Return the intent that asked for this money, locked, after comparing every fact with it."""
    intents = PaymentIntent.objects.select_related("account").select_for_update(of=("self",))
    intent = intents.filter(public_id=fact.intent_ref).first() if fact.intent_ref else None
    if intent is None and fact.provider_intent_id:
        intent = intents.filter(provider_intent_id=fact.provider_intent_id).first()
    if intent is None:
        raise NothingKnown(
            sentence(
                "No checkout of ours asked for payment %(charge)s.", charge=fact.charge_id or fact.provider_intent_id
            )
        )
    told = (account_id, fact.currency, fact.amount_minor)
    agreed = (intent.account.account_id, intent.currency, intent.amount_minor)
    if told != agreed:
        raise FactsDiffer(
            sentence(
                "Of checkout %(checkout)s %(agreed)s at account %(agreed_account)s was agreed; the provider says "
                "%(told)s at %(told_account)s.",
                checkout=intent, agreed=Money(intent.amount_minor, intent.currency),
                agreed_account=intent.account.account_id, told=Money(fact.amount_minor, fact.currency),
                told_account=account_id,
            )
        )  # fmt: skip
    if intent.provider_intent_id and fact.provider_intent_id not in ("", intent.provider_intent_id):
        raise differs_at_provider(intent, known=intent.provider_intent_id, told=fact.provider_intent_id)
    return intent


def _refuse_second_payment(intent: PaymentIntent) -> None:
    """Raise FactsDiffer when another checkout of the order lives: one of the two payments has to go back."""
    others = PaymentIntent.objects.filter(order_ref=intent.order_ref, state__in=LIVE).exclude(pk=intent.pk)
    other = others.first()
    if other is not None:
        raise FactsDiffer(
            sentence(
                "Checkout %(checkout)s was closed and is paid now, while another of the same order, %(other)s, is "
                "there (state: %(state)s).",
                checkout=intent, other=other, state=other.state,
            )
        )  # fmt: skip
