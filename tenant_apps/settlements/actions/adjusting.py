from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.currencies import is_currency
from kernel.errors import InvalidInput, NotFound
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from tenant_apps.settlements.actions.closing import wait_for_other_closes
from tenant_apps.settlements.actions.deciding import book_adjustment, decide, need_second_person
from tenant_apps.settlements.actions.setting_off import approve_set_off, decline_set_off
from tenant_apps.settlements.errors import NothingToWriteOff, PartnerStays
from tenant_apps.settlements.models import Adjustment, Payout, Statement
from tenant_apps.settlements.queries import debt_of, has_left, may_be_adjusted_in, partner_named
from tenant_apps.settlements.states import ADJUSTMENT, AdjustmentState

MOST_MINOR = 10**15
Kind = Adjustment.Kind


@transaction.atomic
def propose_adjustment(
    *, partner_ref: str, currency: str, amount_minor: int, reason: str, actor: Actor, at: datetime
) -> Adjustment:
    """Propose an amount that no line explains, positive in the partner's favour; a second person decides.

    Raises NotFound for a partner who was never enrolled, InvalidInput naming the field.
    """
    if not amount_minor or abs(amount_minor) > MOST_MINOR:
        raise InvalidInput(field="amount_minor", message="must not be 0, and at most 10^15 either way")
    if is_currency(currency) and partner_named(partner_ref) and not may_be_adjusted_in(partner_ref, currency):
        told = sentence("there are no prices, terms or balance in %(currency)s with this partner", currency=currency)
        raise InvalidInput(field="currency", message=told)
    return _propose(Kind.MANUAL, partner_ref, currency, amount_minor, reason, actor, at)


@transaction.atomic
def propose_write_off(
    *, partner_ref: str, currency: str, reason: str, actor: Actor, at: datetime, amount_minor: int | None = None
) -> Adjustment:
    """Propose that a debt of a partner who has left is given up: all of it, or a part; a second person decides.

    Raises PartnerStays while an enrollment runs, NothingToWriteOff without a debt of that size, and as
    `propose_adjustment` does.
    """
    if partner_named(partner_ref) is None:
        raise NotFound
    if not has_left(partner_ref):
        raise PartnerStays("The partner has not left: end its enrollments first, or let the contract carry the debt.")
    debt = debt_of(partner_ref, currency)
    amount = debt if amount_minor is None else amount_minor
    if amount_minor is not None and amount_minor < 1:
        raise InvalidInput(field="amount_minor", message="must be positive")
    _refuse_more_than(debt, amount, currency)
    return _propose(Kind.WRITE_OFF, partner_ref, currency, amount, reason, actor, at)


@transaction.atomic
def approve_adjustment(*, adjustment: Adjustment, actor: Actor, at: datetime) -> Adjustment:
    """Approve as the second person: it is in the books at once, and in the settlement of the period of now.

    Raises SecondPersonNeeded for whoever proposed it, NothingToWriteOff when the debt has become less,
    IllegalTransition once it is decided; of a set-off also as `approve_set_off` does.
    """
    if adjustment.kind == Kind.SET_OFF:
        return approve_set_off(adjustment=adjustment, actor=actor, at=at)
    if adjustment.kind == Kind.WRITE_OFF:
        # Of two write-offs of one debt, or one and a close that writes it off, the second sees what the first left.
        wait_for_other_closes()
    adjustment = Adjustment.objects.select_for_update().get(pk=adjustment.pk)
    need_second_person(adjustment.proposed_by, actor)
    if adjustment.kind == Kind.WRITE_OFF and adjustment.state == AdjustmentState.PROPOSED:
        debt = debt_of(adjustment.partner_ref, adjustment.currency)
        _refuse_more_than(debt, adjustment.amount_minor, adjustment.currency)
    decide(adjustment, AdjustmentState.APPROVED, actor, at)
    book_adjustment(adjustment, at)
    return adjustment


@transaction.atomic
def decline_adjustment(*, adjustment: Adjustment, reason: str, actor: Actor, at: datetime) -> Adjustment:
    """Decline it; nothing is booked. Whoever proposed it may take it back so. Raises IllegalTransition.

    Of a set-off either brand may, and neither's adjustment is left.
    """
    if adjustment.kind == Kind.SET_OFF:
        return decline_set_off(adjustment=adjustment, reason=reason, actor=actor, at=at)
    adjustment = Adjustment.objects.select_for_update().get(pk=adjustment.pk)
    decide(adjustment, AdjustmentState.DECLINED, actor, at, reason)
    return adjustment


def correct_tax(
    statement: Statement, amount_minor: int, *, proposed: tuple[str, str, datetime], reason: str, actor: Actor,
    at: datetime,
) -> Adjustment:  # fmt: skip
    """Write and book the difference of a corrected statement's VAT, proposed and approved with the correction."""
    settlement, (by, label, proposed_at) = statement.settlement, proposed
    adjustment = Adjustment.objects.create(
        kind=Kind.VAT_CORRECTION, partner_ref=settlement.partner_ref, partner_name=settlement.partner_name,
        currency=settlement.currency, amount_minor=amount_minor, reason=reason, cause_ref=statement.public_id,
        proposed_at=proposed_at, proposed_by=by, proposed_by_label=label,
    )  # fmt: skip
    decide(adjustment, AdjustmentState.APPROVED, actor, at)
    book_adjustment(adjustment, at)
    return adjustment


def owe_again(*, payout: Payout, amount_minor: int, reversal_ref: str, actor: Actor, at: datetime) -> Adjustment:
    """Owe a part of a payout anew that came back after it had arrived, in the caller's transaction, once per reversal.

    The payout and its lines stay paid; the next close of a period settles the part, with all that is due then.
    """
    settlement = payout.settlement
    adjustment = Adjustment.objects.create(
        kind=Kind.PAYOUT_RETURNED, partner_ref=settlement.partner_ref, partner_name=settlement.partner_name,
        currency=payout.currency, amount_minor=amount_minor, cause_ref=reversal_ref, proposed_at=at,
        reason=f"{settlement.period.label}: {payout.public_id}",
        proposed_by=actor.id, proposed_by_label=actor.label,
    )  # fmt: skip
    change_state(adjustment, ADJUSTMENT, AdjustmentState.APPROVED, actor=actor, at=at, decided_at=at)
    book_adjustment(adjustment, at)
    return adjustment


def _propose(
    kind: Adjustment.Kind, partner_ref: str, currency: str, amount_minor: int, reason: str, actor: Actor, at: datetime
) -> Adjustment:
    name = partner_named(partner_ref)
    if name is None:
        raise NotFound
    if not is_currency(currency):
        raise InvalidInput(field="currency", message="must be an ISO 4217 code such as EUR")
    if not 0 < len(reason.strip()) <= 500:
        raise InvalidInput(field="reason", message="must have 1 to 500 characters")
    adjustment = Adjustment.objects.create(
        kind=kind, partner_ref=partner_ref, partner_name=name, currency=currency, amount_minor=amount_minor,
        reason=reason.strip(), proposed_at=at, proposed_by=actor.person, proposed_by_label=actor.label,
    )  # fmt: skip
    after = {"kind": kind.value, "partner": partner_ref, "amount_minor": amount_minor, "currency": currency}
    record(actor=actor, verb="adjustment.proposed", subject=adjustment, at=at, after=after, reason=reason)
    return adjustment


def _refuse_more_than(debt: int, amount: int, currency: str) -> None:
    if debt < 1 or amount > debt:
        raise NothingToWriteOff(
            sentence(
                "The partner owes %(debt)s; %(amount)s cannot be written off.",
                debt=Money(max(debt, 0), currency),
                amount=Money(amount, currency),
            )
        )
