from datetime import datetime

from django.db import transaction
from django.db.models import F

from kernel.actor import Actor
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.payments.actions.booking import book_fee, book_lost, book_reinstated, book_withdrawn
from tenant_apps.payments.actions.dating import happened_at
from tenant_apps.payments.errors import FactsDiffer, NothingKnown
from tenant_apps.payments.events import PaymentDisputeClosed, PaymentDisputed
from tenant_apps.payments.models import Charge, Dispute
from tenant_apps.payments.providers.stripe.contents import DisputeFact
from tenant_apps.payments.states import DISPUTE, DisputeState


@transaction.atomic
def record_dispute(*, fact: DisputeFact, account_id: str, told_at: datetime, actor: Actor, at: datetime) -> Dispute:
    """Record what the provider says of a dispute, whichever of its events tells it first or late.

    The disputed amount is reserved on the charge by one conditional update, so refunds and disputes
    together never exceed what was paid; a won dispute gives it back. Funds and fee are booked as they
    move. All of it counts from the provider's own instants; the end from `told_at`, when the provider told
    of it by the world's clock. Raises NothingKnown for a charge we do not have, FactsDiffer when account,
    currency, amount or outcome contradict ours, RetryLater while refunds under way leave no room.
    """
    charge = _charge_of(fact, account_id)
    dispute = Dispute.objects.select_for_update().filter(provider_dispute_id=fact.dispute_id).first()
    if dispute is None:
        dispute = _opened(fact, charge, actor=actor, at=at)
    if (dispute.charge_id, dispute.amount_minor) != (charge.pk, fact.amount_minor):
        raise FactsDiffer(
            sentence(
                "Dispute %(dispute)s is not about %(amount)s of payment %(charge)s.",
                dispute=dispute, amount=Money(fact.amount_minor, fact.currency), charge=fact.charge_id,
            )
        )  # fmt: skip
    dispute.charge = charge
    _follow_funds(dispute, fact, at)
    ended_at = happened_at(told_at, since=dispute.opened_at, at=at)
    _follow_state(dispute, DisputeState(fact.state), fact, ended_at, actor=actor, at=at)
    return dispute


def _charge_of(fact: DisputeFact, account_id: str) -> Charge:
    charges = Charge.objects.select_related("intent__account").select_for_update(of=("self",))
    charge = charges.filter(provider_charge_id=fact.charge_id).first()
    if charge is None:
        raise NothingKnown(
            sentence(
                "Payment %(charge)s, which dispute %(dispute)s is about, is not known here.",
                charge=fact.charge_id, dispute=fact.dispute_id,
            )
        )  # fmt: skip
    if (account_id, fact.currency) != (charge.intent.account.account_id, charge.currency):
        raise FactsDiffer(
            sentence(
                "Dispute %(dispute)s is in %(currency)s at account %(account)s; its payment is not.",
                dispute=fact.dispute_id, currency=fact.currency, account=account_id,
            )
        )  # fmt: skip
    return charge


def _opened(fact: DisputeFact, charge: Charge, *, actor: Actor, at: datetime) -> Dispute:
    room = F("amount_minor") - F("refunded_minor") - F("refunding_minor") - F("disputed_minor")
    fits = Charge.objects.annotate(room=room).filter(pk=charge.pk, room__gte=fact.amount_minor)
    if not fits.update(disputed_minor=F("disputed_minor") + fact.amount_minor):
        if charge.refunding_minor:
            raise RetryLater(
                sentence(
                    "Dispute %(dispute)s waits for refunds of payment %(charge)s that are under way.",
                    dispute=fact.dispute_id, charge=charge,
                )
            )  # fmt: skip
        raise FactsDiffer(
            sentence(
                "Dispute %(dispute)s is about %(amount)s, but only %(left)s is left of the payment.",
                dispute=fact.dispute_id, amount=Money(fact.amount_minor, fact.currency),
                left=Money(charge.left_minor, charge.currency),
            )
        )  # fmt: skip
    opened_at = happened_at(fact.opened_at, since=charge.captured_at, at=at)
    dispute = Dispute.objects.create(
        charge=charge, provider_dispute_id=fact.dispute_id, amount_minor=fact.amount_minor, currency=charge.currency,
        reason=fact.reason, evidence_due_at=fact.evidence_due_at, opened_at=opened_at,
    )  # fmt: skip
    record(
        actor=actor, verb="dispute.opened", subject=dispute, at=at, reason=fact.reason,
        after={"amount_minor": fact.amount_minor, "charge": charge.public_id},
    )  # fmt: skip
    publish(
        PaymentDisputed(
            order_ref=charge.intent.order_ref, charge_ref=charge.public_id, dispute_ref=dispute.public_id,
            disputed_minor=fact.amount_minor, currency=charge.currency, moved_at=opened_at, at=at,
        )
    )  # fmt: skip
    return dispute


def _follow_funds(dispute: Dispute, fact: DisputeFact, at: datetime) -> None:
    """Book what moved since the last time; an older picture of the dispute shows less, and says nothing new."""
    if fact.withdrawn_minor not in (0, dispute.amount_minor) or fact.reinstated_minor not in (0, fact.withdrawn_minor):
        raise FactsDiffer(sentence("Other amounts moved than dispute %(dispute)s is about.", dispute=dispute))
    newer = (fact.withdrawn_minor + fact.reinstated_minor) > (dispute.withdrawn_minor + dispute.reinstated_minor)
    if not newer:
        return
    out, back = (
        happened_at(told, since=dispute.opened_at, at=at) if told else at
        for told in (fact.withdrawn_at, fact.reinstated_at)
    )
    if fact.withdrawn_minor > dispute.withdrawn_minor:
        book_withdrawn(dispute, fact.withdrawn_minor, out, at)
    if fact.reinstated_minor > dispute.reinstated_minor:
        book_reinstated(dispute, fact.reinstated_minor, back, at)
    if fact.fee_minor != dispute.fee_minor:
        book_fee(dispute, fact.fee_minor - dispute.fee_minor, back if fact.reinstated_minor else out, at)
    dispute.withdrawn_minor, dispute.reinstated_minor = fact.withdrawn_minor, fact.reinstated_minor
    dispute.fee_minor = fact.fee_minor
    dispute.save(update_fields=["withdrawn_minor", "reinstated_minor", "fee_minor"])


def _follow_state(
    dispute: Dispute, to: DisputeState, fact: DisputeFact, ended_at: datetime, *, actor: Actor, at: datetime
) -> None:
    state = DisputeState(dispute.state)
    if state.is_closed and to.is_closed and to is not state:
        raise FactsDiffer(
            sentence(
                "Dispute %(dispute)s has another outcome at the provider: here “%(state)s”, there “%(other_state)s”.",
                dispute=dispute, state=str(state), other_state=str(to),
            )
        )  # fmt: skip
    if not DISPUTE.allows(state, to):
        return  # the same again, or an event that was overtaken
    if not to.is_closed:
        change_state(dispute, DISPUTE, to, actor=actor, at=at, evidence_due_at=fact.evidence_due_at)
        return
    change_state(dispute, DISPUTE, to, actor=actor, at=at, closed_at=ended_at)
    charge, won = dispute.charge, to is DisputeState.WON
    if won:
        Charge.objects.filter(pk=charge.pk).update(disputed_minor=F("disputed_minor") - dispute.amount_minor)
    else:
        book_lost(charge, dispute, ended_at, at)
    order_ref = charge.intent.order_ref
    publish(PaymentDisputeClosed(order_ref=order_ref, dispute_ref=dispute.public_id, won=won, moved_at=ended_at, at=at))
