"""A partner's debt at one brand set off against another's payouts: both books at once, or neither."""

from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.currencies import is_currency
from kernel.errors import InvalidInput, NotFound
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.accounts.queries import email_of_person
from shared_apps.audit.actions import record
from shared_apps.brands.entering import brand_entered, entered_brand, public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.queries import partners_netting_with
from tenant_apps.settlements.actions.closing import wait_for_other_closes
from tenant_apps.settlements.actions.deciding import book_adjustment, decide, need_second_person
from tenant_apps.settlements.calendar import brand_calendar
from tenant_apps.settlements.errors import (
    EarlierPeriodOpen,
    NothingToSetOff,
    OtherBrandDecides,
    SecondPersonNeeded,
    SetOffNotAllowed,
)
from tenant_apps.settlements.models import Adjustment
from tenant_apps.settlements.queries import has_unclosed_periods, partner_named, unsettled_balances
from tenant_apps.settlements.rules.setting_off import most_to_set_off
from tenant_apps.settlements.states import AdjustmentState


@transaction.atomic
def propose_set_off(
    *, partner_ref: str, brand_ref: str, currency: str, reason: str, actor: Actor, at: datetime,
    amount_minor: int | None = None,
) -> Adjustment:  # fmt: skip
    """Propose to pay a partner less, by what it owes another brand of the same legal entity; that brand decides.

    Writes a proposed adjustment at both brands, each naming the other's; without an amount as much as there is.
    Returns this brand's. Raises NotFound where the partner has no such debt or somebody does not allow it,
    NothingToSetOff, and InvalidInput naming the field.
    """
    here, there = entered_brand(), _other(partner_ref, brand_ref)
    if there is None:
        raise NotFound("No debt of this partner may be set off with this brand.")
    if not is_currency(currency):
        raise InvalidInput(field="currency", message="must be an ISO 4217 code such as EUR")
    if not 0 < len(reason.strip()) <= 500:
        raise InvalidInput(field="reason", message="must have 1 to 500 characters")
    if amount_minor is not None and amount_minor < 1:
        raise InvalidInput(field="amount_minor", message="must be positive")
    name, most = partner_named(partner_ref) or "", _most(partner_ref, there, currency, as_proposed=True)
    amount = most if amount_minor is None else amount_minor
    _refuse_more_than(most, amount, currency)
    ours = _adjustment(partner_ref, name, Money(-amount, currency), there, reason, actor, at)
    theirs = _adjustment(partner_ref, name, Money(amount, currency), here, reason, actor, at)
    ours.cause_ref, theirs.cause_ref = theirs.public_id, ours.public_id
    for brand, adjustment in ((here, ours), (there, theirs)):
        with brand_entered(brand):
            adjustment.save(force_insert=True)
            after = {"kind": adjustment.kind, "partner": partner_ref, "amount_minor": adjustment.amount_minor,
                     "currency": currency, "brand": adjustment.other_brand}  # fmt: skip
            record(actor=actor, verb="adjustment.proposed", subject=adjustment, at=at, after=after, reason=reason)
    return ours


@transaction.atomic
def approve_set_off(*, adjustment: Adjustment, actor: Actor, at: datetime) -> Adjustment:
    """Approve a set-off where the debt is, as the second person: both brands' books have it at once.

    Raises OtherBrandDecides at the brand that pays, SecondPersonNeeded, SetOffNotAllowed when one of the three no
    longer allows it, EarlierPeriodOpen while either brand has an ended period to close, NothingToSetOff when there is
    less by now, IllegalTransition once it is decided.
    """
    here = entered_brand()
    there = _both_locked(here, adjustment)
    for brand in (here, there):
        _refuse_before_its_close(brand, at)
    adjustment = Adjustment.objects.get(pk=adjustment.pk)
    if adjustment.amount_minor < 0:
        raise OtherBrandDecides(sentence("%(brand)s decides it: the debt is there.", brand=there.name))
    _need_second_person(there, adjustment.proposed_by, actor)
    decide(adjustment, AdjustmentState.APPROVED, actor, at)
    with brand_entered(there):
        counterpart = Adjustment.objects.get(public_id=adjustment.cause_ref)
        if _other(adjustment.partner_ref, here.public_id) is None:
            raise SetOffNotAllowed
        most = _most(adjustment.partner_ref, here, adjustment.currency)
        _refuse_more_than(most, adjustment.amount_minor, adjustment.currency)
        decide(counterpart, AdjustmentState.APPROVED, actor, at)
        book_adjustment(counterpart, at)
    book_adjustment(adjustment, at)
    return adjustment


@transaction.atomic
def decline_set_off(*, adjustment: Adjustment, reason: str, actor: Actor, at: datetime) -> Adjustment:
    """Decline a set-off at either brand: neither books anything. Raises IllegalTransition once it is decided."""
    there = _both_locked(entered_brand(), adjustment)
    adjustment = Adjustment.objects.get(pk=adjustment.pk)
    decide(adjustment, AdjustmentState.DECLINED, actor, at, reason)
    with brand_entered(there):
        counterpart = Adjustment.objects.get(public_id=adjustment.cause_ref)
        decide(counterpart, AdjustmentState.DECLINED, actor, at, reason)
    return adjustment


def _both_locked(here: Brand, adjustment: Adjustment) -> Brand:
    """Return the other brand, with closes and set-offs of both waiting until the transaction ends, in one order."""
    with public_entered():
        there: Brand = Brand.objects.get(public_id=adjustment.other_brand)
    for brand in sorted((here, there), key=lambda each: each.schema_name):
        with brand_entered(brand):
            wait_for_other_closes()
    return there


def _need_second_person(there: Brand, first: str, actor: Actor) -> None:
    """Refuse whoever proposed it at the other brand, where the same person is another user: told by the e-mail."""
    need_second_person(first, actor)
    with brand_entered(there):
        proposer = email_of_person(first)
    if proposer and email_of_person(actor.person).lower() == proposer.lower():
        raise SecondPersonNeeded(sentence("%(label)s proposed this; a second person approves it.", label=actor.label))


def _refuse_before_its_close(brand: Brand, at: datetime) -> None:
    """Refuse while an ended period waits for its close, also one without lines.

    Its close takes in nothing that was decided since, and would pay or write off what is set off.
    """
    with brand_entered(brand):
        if has_unclosed_periods(brand_calendar().period_at(at).start):
            told = sentence(
                "%(brand)s has a period that ended and is not closed. Debts are set off once it is.",
                brand=brand.name,
            )
            raise EarlierPeriodOpen(told, brand=brand.public_id)


def _other(partner_ref: str, brand_ref: str) -> Brand | None:
    """Return the brand where the entered one may set off a partner's debts, None for any other: none has to exist."""
    for partner, brand in partners_netting_with(entered_brand()):
        if (partner.public_id, brand.public_id) == (partner_ref, brand_ref):
            return brand
    return None


def _most(partner_ref: str, there: Brand, currency: str, *, as_proposed: bool = False) -> int:
    """Return the most that may be set off, seen from the brand that pays."""
    owed = unsettled_balances([partner_ref], as_proposed=as_proposed).get((partner_ref, currency), 0)
    with brand_entered(there):
        balance = unsettled_balances([partner_ref], as_proposed=as_proposed).get((partner_ref, currency), 0)
    return most_to_set_off(owed, balance)


def _adjustment(
    partner_ref: str, name: str, amount: Money, other: Brand, reason: str, actor: Actor, at: datetime
) -> Adjustment:
    return Adjustment(
        kind=Adjustment.Kind.SET_OFF, partner_ref=partner_ref, partner_name=name, currency=amount.currency,
        amount_minor=amount.minor, other_brand=other.public_id, other_brand_name=other.name, reason=reason.strip(),
        proposed_at=at, proposed_by=actor.person, proposed_by_label=actor.label,
    )  # fmt: skip


def _refuse_more_than(most: int, amount: int, currency: str) -> None:
    if not 0 < amount <= most:
        raise NothingToSetOff(sentence("At most %(most)s may be set off now.", most=Money(most, currency)))
