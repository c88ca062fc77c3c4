"""What a claim would move, to the cent: the decision and all that follows it are played, and taken back.

The preview is the very code that books, in a transaction that never commits. So it agrees with what is
booked by construction: caps, tiers, levels, refunds and clawbacks included, before and after payout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from kernel.actor import Actor
from shared_apps.outbox.subscribing import handlers_of
from tenant_apps.attribution.actions import award
from tenant_apps.attribution.events import ConversionReattributed
from tenant_apps.commissions.queries import commissions_of_order
from tenant_apps.commissions.states import CommissionState
from tenant_apps.disputes.actions.claiming import claim_on
from tenant_apps.disputes.actions.closing import award_of, is_given_already, part_granted
from tenant_apps.disputes.actions.freezing import release
from tenant_apps.disputes.errors import NotYetHeard
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.rules import shares_after
from tenant_apps.disputes.states import DisputeState

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Movement:
    """What one participant has of one line of the order, before and after, in minor units.

    `clawed_back_minor` is the part of a loss that was payable or paid before: it comes off a later statement.
    """

    enrollment_ref: str
    partner_ref: str
    partner_name: str
    role: str
    line_ref: str
    currency: str
    before_minor: int
    after_minor: int
    clawed_back_minor: int

    @property
    def difference_minor(self) -> int:
        """What the participant gains, or loses as a negative amount."""
        return self.after_minor - self.before_minor


class _TakenBack(Exception):
    """Ends a rehearsal."""


def rehearse_claim(
    *, order_ref: str, claimant: "Enrollment", claimed: str, actor: Actor, at: datetime
) -> list[Movement]:
    """Return what a claim would move if it were accepted in full, before it is opened. Books nothing.

    Raises what opening it would raise.
    """
    claim = claim_on(order_ref=order_ref, claimant=claimant, claimed=claimed, at=at)
    after = shares_after(claim.shares, claimant.public_id, claim.part)
    weights = [{"participant": ref, "weight": f"{part.numerator}/{part.denominator}"} for ref, part in after.items()]
    return _rehearsed(order_ref, weights, None, actor, at)


def rehearse_decision(*, dispute: CreditDispute, granted: str, actor: Actor, at: datetime) -> list[Movement]:
    """Return what deciding a claim so would move. Books nothing. Raises InvalidInput, NotYetHeard and CreditMoved."""
    if dispute.state == DisputeState.SUBMITTED:
        raise NotYetHeard("The claim is not opened up yet.")
    part = part_granted(dispute, granted)
    if part <= Fraction(dispute.had) or is_given_already(dispute, part):
        return []
    return _rehearsed(dispute.order_ref, award_of(dispute, part), dispute, actor, at)


def _rehearsed(
    order_ref: str, weights: Sequence[dict[str, str]], dispute: CreditDispute | None, actor: Actor, at: datetime
) -> list[Movement]:
    moved: list[Movement] = []
    try:
        with transaction.atomic():
            before = _standing(order_ref)
            if dispute is not None:
                release(dispute=dispute, accepted=True, actor=actor, at=at)
            decided = award(order_ref=order_ref, shares=weights, cause="rehearsal", actor=actor, at=at)
            if decided.previous is not None:
                _follow(order_ref, decided.public_id, decided.previous.public_id, at)
            moved = _movements(before, _standing(order_ref))
            raise _TakenBack
    except _TakenBack:
        return moved


def _follow(order_ref: str, attribution_ref: str, previous_ref: str, at: datetime) -> None:
    """Let everybody in the database react to the new decision as they would after it; effects are left out."""
    event = ConversionReattributed(
        at=at, order_ref=order_ref, attribution_ref=attribution_ref, previous_ref=previous_ref
    )
    for handler in handlers_of(event):
        if not handler.effect:
            handler.call(event)


@dataclass(slots=True)
class _Standing:
    """What the lines of one participant and order line come to, and what of it is payable or paid."""

    role: str
    partner_ref: str
    partner_name: str
    currency: str
    minor: int = 0
    payable_minor: int = 0


def _standing(order_ref: str) -> dict[Key, _Standing]:
    found: dict[Key, _Standing] = {}
    for line in commissions_of_order(order_ref):
        state = CommissionState(line.state)
        if state == CommissionState.CANCELED:
            continue
        who = line.enrollment
        key = (who.public_id, line.line_ref)
        one = found.setdefault(key, _Standing(who.role, who.partner_ref, who.partner_name, line.currency))
        one.minor += line.amount_minor
        one.payable_minor += line.amount_minor if state.was_payable else 0
    return found


def _movements(before: dict[Key, _Standing], after: dict[Key, _Standing]) -> list[Movement]:
    movements = []
    for key in [*before, *(key for key in after if key not in before)]:
        was, now = before.get(key), after.get(key)
        one = now or was
        assert one is not None  # noqa: S101  (each key comes from one of them)
        had, has = (each.minor if each else 0 for each in (was, now))
        taken = (was.payable_minor if was else 0) - (now.payable_minor if now else 0)
        if had != has:
            movements.append(
                Movement(
                    key[0], one.partner_ref, one.partner_name, one.role, key[1], one.currency, had, has, max(0, taken)
                )
            )
    return movements
