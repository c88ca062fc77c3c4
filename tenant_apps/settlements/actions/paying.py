from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.errors import IllegalTransition, InvalidInput
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, change_states, record
from shared_apps.outbox.actions import publish, publish_all
from shared_apps.partners.queries import payout_frozen_until
from tenant_apps.commissions.actions import mark_paid
from tenant_apps.settlements.actions.booking import book_moves
from tenant_apps.settlements.errors import AttemptOver, NotPayable, PayoutFrozen, PayoutUnderWay, ProviderDecides
from tenant_apps.settlements.events import PayoutFailed, PayoutPaid, PayoutRequested
from tenant_apps.settlements.models import Payout, PayoutBatch, Settlement, SettlementLine
from tenant_apps.settlements.queries import chain_of
from tenant_apps.settlements.states import (
    BATCH,
    PAYOUT,
    SETTLEMENT,
    BatchMethod,
    BatchState,
    PayoutState,
    SettlementState,
)

LONGEST_REFERENCE = 120
PROVIDER = Actor(kind="provider", id="stripe", label="Stripe")


@transaction.atomic
def request_payout(*, settlement: Settlement, actor: Actor, at: datetime) -> Payout:
    """Send an issued statement's payout on its way, or a failed one again; return it.

    The ledger moves the amount from payable to in transit, once per attempt. Raises NotPayable
    (no statement, or nothing to pay), PayoutUnderWay (also while a batch plans it), and PayoutFrozen.
    """
    settlement = Settlement.objects.select_for_update().get(pk=settlement.pk)
    if settlement.state != SettlementState.ISSUED or settlement.payout_minor == 0:
        raise NotPayable(
            sentence(
                "The settlement is %(state)s with a payout of %(payout)s.",
                state=settlement.state,
                payout=Money(settlement.payout_minor, settlement.currency),
            )
        )
    frozen = payout_frozen_until(settlement.partner_ref)
    if frozen is not None and utc_now() < frozen:  # by the world's clock, as the profile is
        raise PayoutFrozen(
            sentence(
                "%(partner_name)s changed its account; nothing leaves before %(frozen)s UTC.",
                partner_name=settlement.partner_name,
                frozen=f"{frozen:%F %R}",
            )
        )
    payout = Payout.objects.select_for_update().filter(settlement=settlement).first()
    if payout is None:
        payout = Payout.objects.create(
            settlement=settlement, amount_minor=settlement.payout_minor, currency=settlement.currency,
            requested_at=at, requested_by=actor.id,
        )  # fmt: skip
        record(actor=actor, verb="payout.requested", subject=payout, at=at, after={"amount_minor": payout.amount_minor})
    elif payout.state == PayoutState.FAILED:
        change_state(
            payout, PAYOUT, PayoutState.IN_TRANSIT, actor=actor, at=at,
            attempt=payout.attempt + 1, requested_at=at, requested_by=actor.id, failure="", batch=None,
            method=BatchMethod.MANUAL, reference="", paid_at=None,
        )  # fmt: skip
    else:
        raise PayoutUnderWay(
            sentence("The payout is %(state)s already.", state=payout.state.replace("_", " ")), payout=payout.public_id
        )
    book_moves([payout], "requested", at)
    publish(PayoutRequested(payout_ref=payout.public_id, partner_ref=settlement.partner_ref, at=at))
    return payout


def dispatch_all(*, payouts: Sequence[Payout], actor: Actor, at: datetime) -> None:
    """Send planned payouts on their way, in the caller's transaction, their settlements locked: once per attempt."""
    change_states(
        payouts, PAYOUT, PayoutState.IN_TRANSIT, actor=actor, at=at, requested_at=at, requested_by=actor.id
    )  # fmt: skip
    book_moves(payouts, "requested", at)
    publish_all(
        [
            PayoutRequested(payout_ref=payout.public_id, partner_ref=payout.settlement.partner_ref, at=at)
            for payout in payouts
        ]
    )


@transaction.atomic
def confirm_payout(*, payout: Payout, reference: str, actor: Actor, at: datetime, attempt: int | None = None) -> Payout:
    """Record that the money arrived: in transit becomes the bank's, the lines are paid.

    Told again with the same reference it changes nothing. Raises InvalidInput for one that is too long,
    PayoutUnderWay for another one, IllegalTransition for a payout that failed, ProviderDecides for one by transfer,
    AttemptOver when the `attempt` it is said of is not the present one.
    """
    if len(reference) > LONGEST_REFERENCE:
        raise InvalidInput(
            field="reference",
            message=sentence("must have at most %(most)s characters", most=LONGEST_REFERENCE),
        )
    settlement, payout = _locked(payout, attempt)
    check_whose_word(payout, actor)
    if payout.state == PayoutState.PAID:
        if payout.reference != reference:
            raise PayoutUnderWay(
                sentence(
                    "The payout arrived already, with the reference %(reference)s.", reference=repr(payout.reference)
                )
            )
        return payout
    change_state(payout, PAYOUT, PayoutState.PAID, actor=actor, at=at, paid_at=at, reference=reference)
    book_moves([payout], "paid", at)
    settle_chain(settlement, actor=actor, at=at)
    _settle_batch(payout, actor, at)
    publish(PayoutPaid(payout_ref=payout.public_id, partner_ref=settlement.partner_ref, at=at))
    return payout


@transaction.atomic
def confirm_batch(*, batch: PayoutBatch, reference: str, actor: Actor, at: datetime) -> int:
    """Record that all of a batch's payouts that are in transit arrived; return how many.

    Raises NotPayable when none is, ProviderDecides for a batch by transfers.
    """
    waiting = list(Payout.objects.filter(batch=batch, state=PayoutState.IN_TRANSIT).order_by("settlement_id"))
    if not waiting:
        raise NotPayable("No payout of this batch is in transit.")
    for payout in waiting:
        confirm_payout(payout=payout, reference=reference, actor=actor, at=at)
    return len(waiting)


@transaction.atomic
def fail_payout(*, payout: Payout, reason: str, actor: Actor, at: datetime, attempt: int | None = None) -> Payout:
    """Record that the money came back: in transit is payable again, the lines stay as they are.

    Told again it changes nothing. Raises IllegalTransition for a payout that arrived, ProviderDecides for
    one by transfer, AttemptOver as `confirm_payout` does: a failure told late would let a second payment go.
    """
    settlement, payout = _locked(payout, attempt)
    check_whose_word(payout, actor)
    if payout.state == PayoutState.FAILED:
        return payout
    if payout.state != PayoutState.IN_TRANSIT:  # what arrived comes back by `return_payout`
        raise IllegalTransition(lifecycle=PAYOUT.name, current=payout.state, target=PayoutState.FAILED)
    change_state(payout, PAYOUT, PayoutState.FAILED, actor=actor, at=at, reason=reason, failure=reason)
    book_moves([payout], "failed", at)
    _settle_batch(payout, actor, at)
    publish(PayoutFailed(payout_ref=payout.public_id, partner_ref=settlement.partner_ref, at=at))
    return payout


@transaction.atomic
def return_payout(*, payout: Payout, reason: str, actor: Actor, at: datetime, attempt: int | None = None) -> Payout:
    """Record that money which had arrived came back: the bank's is payable again, the settlement waits anew.

    Its lines stay stamped as paid by this settlement, and no other will pay them. Told again it changes
    nothing. Raises IllegalTransition for a payout that never arrived, ProviderDecides for one by transfer,
    AttemptOver as `confirm_payout` does.
    """
    settlement, payout = _locked(payout, attempt)
    check_whose_word(payout, actor)
    if payout.state == PayoutState.FAILED:
        return payout
    if payout.state != PayoutState.PAID:
        raise IllegalTransition(lifecycle=PAYOUT.name, current=payout.state, target="returned")
    change_state(payout, PAYOUT, PayoutState.FAILED, actor=actor, at=at, reason=reason, failure=reason)
    change_state(settlement, SETTLEMENT, SettlementState.ISSUED, actor=actor, at=at, reason=reason)
    book_moves([payout], "returned", at)
    _settle_batch(payout, actor, at)
    publish(PayoutFailed(payout_ref=payout.public_id, partner_ref=settlement.partner_ref, at=at))
    return payout


def settle_chain(settlement: Settlement, *, actor: Actor, at: datetime) -> None:
    """Close a settlement whose balance is gone, and those that were carried into it; pay their lines."""
    chain = [*chain_of(settlement), settlement]
    change_states(chain, SETTLEMENT, SettlementState.PAID, actor=actor, at=at)
    lines = SettlementLine.objects.filter(settlement__in=chain).select_related("commission").only("commission__id")
    mark_paid(commissions=[line.commission for line in lines.iterator()], actor=actor, at=at)


def check_whose_word(payout: Payout, actor: Actor) -> None:
    """Let nobody but the provider say how a transfer ended: a person's guess could pay a second time."""
    if payout.method == BatchMethod.STRIPE and actor.kind != PROVIDER.kind:
        raise ProviderDecides("This payout goes by a transfer at Stripe, which says itself how it ended.")


def _settle_batch(payout: Payout, actor: Actor, at: datetime) -> None:
    """End a batch whose payouts all have an end: settled, or partly failed when one of its attempts failed."""
    if payout.batch_id is None:
        return
    batch = PayoutBatch.objects.select_for_update().get(pk=payout.batch_id)
    states = set(Payout.objects.filter(batch=batch).values_list("state", flat=True))
    if PayoutState.IN_TRANSIT in states:
        return
    whole = not Payout.objects.filter(batch=batch).exclude(state=PayoutState.PAID).exists()
    moved_on = batch.items.exclude(payout__batch=batch).exists()  # failed here, planned in a later batch
    to = BatchState.SETTLED if whole and not moved_on else BatchState.PARTLY_FAILED
    if batch.state != to and batch.state != BatchState.PARTLY_FAILED:
        change_state(batch, BATCH, to, actor=actor, at=at)


def _locked(payout: Payout, attempt: int | None) -> tuple[Settlement, Payout]:
    # The settlement first, as everywhere: one order of locks.
    settlement = Settlement.objects.select_for_update().get(pk=payout.settlement_id)
    payout = Payout.objects.select_for_update().get(pk=payout.pk)
    if attempt not in (None, payout.attempt):
        raise AttemptOver(
            sentence(
                "The payout is at attempt %(attempt)s; this was said of attempt %(said_of)s.",
                attempt=payout.attempt, said_of=attempt,
            )
        )  # fmt: skip
    payout.settlement = settlement
    return settlement, payout
