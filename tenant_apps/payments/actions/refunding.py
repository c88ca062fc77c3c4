from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.errors import InvalidInput, NotFound
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.payments.actions.booking import book_refunded
from tenant_apps.payments.actions.dating import happened_at
from tenant_apps.payments.errors import (
    NEVER_HEARD,
    FactsDiffer,
    IdempotencyKeyReused,
    NoAnswer,
    NothingKnown,
    ProviderRefused,
    RefundExceedsCharge,
    differs_at_provider,
)
from tenant_apps.payments.events import PaymentRefunded, RefundRequested
from tenant_apps.payments.models import Charge, Refund
from tenant_apps.payments.providers.stripe.contents import RefundFact
from tenant_apps.payments.providers.stripe.questions import ask_refund, is_over, key_lives, refunds_of
from tenant_apps.payments.states import REFUND, RefundState


@transaction.atomic
def request_refund(
    *, charge_ref: str, amount_minor: int, reason: str, idempotency_key: str, actor: Actor, at: datetime
) -> Refund:
    """Reserve a refund on its charge; the provider is asked after commit, with the refund's own key.

    The reservation is one conditional update, so any number of refunds at once never exceed what was
    paid. The same `idempotency_key` brings the same refund. Raises InvalidInput, NotFound,
    RefundExceedsCharge (details: what is left) and IdempotencyKeyReused.
    """
    if amount_minor < 1:
        raise InvalidInput(field="amount_minor", message="A refund is at least one minor unit.")
    if not 1 <= len(idempotency_key) <= 80:
        raise InvalidInput(field="idempotency_key", message="The key has 1 to 80 characters.")
    charge = Charge.objects.filter(public_id=charge_ref).first()
    if charge is None:
        raise NotFound("There is no such charge.")
    if amount_minor > charge.amount_minor:
        raise _too_much(charge)  # before it meets a column that cannot hold it
    refund = Refund(
        charge=charge, amount_minor=amount_minor, currency=charge.currency, reason=reason[:300], origin=actor.kind,
        idempotency_key=idempotency_key, requested_at=at, asked_at=utc_now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            refund.save(force_insert=True)
    except IntegrityError:
        return _asked_before(idempotency_key, charge, amount_minor)
    if not _reserved(charge, amount_minor):
        charge.refresh_from_db()
        raise _too_much(charge)
    record(
        actor=actor, verb="refund.requested", subject=refund, at=at, reason=reason,
        after={"amount_minor": amount_minor, "charge": charge_ref},
    )  # fmt: skip
    publish(RefundRequested(refund_ref=refund.public_id, at=at))
    return refund


def settle_refund(*, refund_ref: str, actor: Actor, at: datetime) -> Refund:
    """Ask the provider for a refund that is not settled and record its answer: a conversation.

    What may have been done already is looked up first; asked again it is with the same key, and only
    while the provider keeps that key. Without an answer the refund is unknown and stays reserved.
    """
    refund = Refund.objects.select_related("charge__intent__account").get(public_id=refund_ref)
    if RefundState(refund.state).is_settled:
        return refund
    key_is_alive = key_lives(refund, utc_now())
    may_be_done = refund.state == RefundState.UNKNOWN or refund.provider_refund_id or not key_is_alive
    try:
        fact = _looked_up(refund) if may_be_done else None
    except (NoAnswer, ProviderRefused) as silence:  # a refused question says nothing of the one before
        return _noted(refund, RefundState.UNKNOWN, silence.message, actor=actor, at=at)
    try:
        if fact is None and key_is_alive:
            fact = ask_refund(refund)
    except NoAnswer as silence:
        return _noted(refund, RefundState.UNKNOWN, silence.message, actor=actor, at=at)
    except ProviderRefused as refusal:
        return _noted(refund, RefundState.FAILED, refusal.message, actor=actor, at=at)
    if fact is None:
        to = RefundState.FAILED if is_over(refund, utc_now()) else RefundState.UNKNOWN
        return _noted(refund, to, NEVER_HEARD, actor=actor, at=at)
    return record_refund(fact=fact, account_id=refund.charge.intent.account.account_id, actor=actor, at=at)


@transaction.atomic
def record_refund(*, fact: RefundFact, account_id: str, actor: Actor, at: datetime) -> Refund:
    """Record what the provider says of a refund, ours or one begun there; book it when it succeeded.

    It counts from the provider's own instant, whenever and by whichever message we hear of it.
    Raises NothingKnown for a charge we do not have, FactsDiffer when account, currency, amount or state
    contradict ours, RetryLater while refunds under way leave no room for one begun at the provider.
    """
    charge = _charge_of(fact, account_id)
    refund = _refund_of(fact, charge) or _begun_there(fact, charge, at)
    if refund.provider_refund_id is None:
        Refund.objects.filter(pk=refund.pk).update(provider_refund_id=fact.refund_id)
        refund.provider_refund_id = fact.refund_id
    settled = RefundState(refund.state).is_settled
    ends = RefundState.SUCCEEDED if fact.succeeded else RefundState.FAILED if fact.failed else None
    if settled and ends not in (None, refund.state):
        raise FactsDiffer(
            sentence(
                "Refund %(refund)s has another outcome at the provider: here “%(state)s”, there “%(other_state)s”.",
                refund=refund, state=refund.state, other_state=str(ends),
            )
        )  # fmt: skip
    if settled or ends is None:
        return refund
    if ends is RefundState.FAILED:
        _release(charge, refund)
        change_state(refund, REFUND, ends, actor=actor, at=at, error=fact.error, settled_at=at)
        return refund
    moved_at = happened_at(fact.refunded_at, since=charge.captured_at, at=at)
    return _succeed(charge, refund, moved_at, actor=actor, at=at)


def _succeed(charge: Charge, refund: Refund, moved_at: datetime, *, actor: Actor, at: datetime) -> Refund:
    after = charge.refunded_minor + refund.amount_minor
    Charge.objects.filter(pk=charge.pk).update(
        refunding_minor=F("refunding_minor") - refund.amount_minor, refunded_minor=after
    )
    change_state(
        refund, REFUND, RefundState.SUCCEEDED, actor=actor, at=at, error="", settled_at=at, refunded_at=moved_at
    )
    book_refunded(charge, refund, moved_at, at)
    publish(
        PaymentRefunded(
            order_ref=charge.intent.order_ref, charge_ref=charge.public_id, refund_ref=refund.public_id,
            refunded_minor=refund.amount_minor, total_refunded_minor=after, currency=charge.currency,
            moved_at=moved_at, at=at,
        )
    )  # fmt: skip
    return refund


def _charge_of(fact: RefundFact, account_id: str) -> Charge:
    charges = Charge.objects.select_related("intent__account").select_for_update(of=("self",))
    charge = charges.filter(provider_charge_id=fact.charge_id).first()
    if charge is None:
        raise NothingKnown(
            sentence(
                "Payment %(charge)s, which refund %(refund)s is of, is not known here.",
                charge=fact.charge_id, refund=fact.refund_id,
            )
        )  # fmt: skip
    if (account_id, fact.currency) != (charge.intent.account.account_id, charge.currency):
        raise FactsDiffer(
            sentence(
                "Refund %(refund)s is in %(currency)s at account %(account)s; its payment is not.",
                refund=fact.refund_id, currency=fact.currency, account=account_id,
            )
        )  # fmt: skip
    return charge


def _refund_of(fact: RefundFact, charge: Charge) -> Refund | None:
    refunds = Refund.objects.select_for_update()
    refund = refunds.filter(provider_refund_id=fact.refund_id).first()
    if refund is None and fact.refund_ref:
        refund = refunds.filter(public_id=fact.refund_ref).first()
    if refund and (refund.charge_id, refund.amount_minor) != (charge.pk, fact.amount_minor):
        raise FactsDiffer(
            sentence(
                "Refund %(refund)s is not about %(amount)s of payment %(charge)s.",
                refund=refund, amount=Money(fact.amount_minor, fact.currency), charge=fact.charge_id,
            )
        )  # fmt: skip
    if refund and refund.provider_refund_id not in (None, fact.refund_id):
        raise differs_at_provider(refund, known=refund.provider_refund_id or "", told=fact.refund_id)
    return refund


def _begun_there(fact: RefundFact, charge: Charge, at: datetime) -> Refund:
    """Reserve and record a refund that somebody began at the provider."""
    refund = Refund(
        charge=charge, amount_minor=fact.amount_minor, currency=charge.currency, origin="provider",
        idempotency_key=f"provider:{fact.refund_id}"[:80], requested_at=at, asked_at=utc_now(),
    )  # fmt: skip
    if not _reserved(charge, fact.amount_minor):
        raise RetryLater(
            sentence(
                "Refund %(refund)s waits for refunds of payment %(charge)s that are under way.",
                refund=fact.refund_id, charge=charge,
            )
        )  # fmt: skip
    refund.save(force_insert=True)
    return refund


def _reserved(charge: Charge, amount_minor: int) -> bool:
    room = F("amount_minor") - F("refunded_minor") - F("refunding_minor") - F("disputed_minor")
    fits = Charge.objects.annotate(room=room).filter(pk=charge.pk, room__gte=amount_minor)
    return bool(fits.update(refunding_minor=F("refunding_minor") + amount_minor))


def _too_much(charge: Charge) -> RefundExceedsCharge:
    return RefundExceedsCharge(
        "More would go back than is left of this payment.", left_minor=charge.left_minor, currency=charge.currency
    )


def _release(charge: Charge, refund: Refund) -> None:
    Charge.objects.filter(pk=charge.pk).update(refunding_minor=F("refunding_minor") - refund.amount_minor)


def _looked_up(refund: Refund) -> RefundFact | None:
    return next((fact for fact in refunds_of(refund.charge) if fact.refund_ref == refund.public_id), None)


def _noted(refund: Refund, to: RefundState, words: str, *, actor: Actor, at: datetime) -> Refund:
    with transaction.atomic():
        charge = Charge.objects.select_for_update().get(pk=refund.charge_id)
        refund = Refund.objects.select_for_update().get(pk=refund.pk)
        if refund.state == to or RefundState(refund.state).is_settled:
            return refund
        if to is RefundState.FAILED:
            _release(charge, refund)
        change_state(
            refund, REFUND, to, actor=actor, at=at, reason=words, error=words,
            settled_at=at if to is RefundState.FAILED else None,
        )  # fmt: skip
    return refund


def _asked_before(idempotency_key: str, charge: Charge, amount_minor: int) -> Refund:
    refund = Refund.objects.get(idempotency_key=idempotency_key)
    if (refund.charge_id, refund.amount_minor) != (charge.pk, amount_minor):
        raise IdempotencyKeyReused("This key was used for another refund.", refund=refund.public_id)
    return refund
