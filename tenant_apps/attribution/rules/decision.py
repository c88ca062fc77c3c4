"""The decision: who shares a conversion, and what every touch is told about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from kernel.clock import aware
from kernel.splits import split
from tenant_apps.attribution.rules.policy import Channel, Model, Policy
from tenant_apps.attribution.rules.weights import weights_for


class Reason(StrEnum):
    """Why a touch earns nothing, in the order in which it is decided."""

    AFTER_CONVERSION = "after_conversion"
    OUTSIDE_WINDOW = "outside_window"
    SELF_REFERRAL = "self_referral"
    LATE_CLICK = "late_click"
    LOWER_PRIORITY = "lower_priority"
    NOT_LAST = "not_last"
    NOT_FIRST = "not_first"


LATE_CHANNELS = frozenset({Channel.CLICK, Channel.VIEW, Channel.CODE})


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is to be shared: an amount at an instant, and what is known of the customer.

    Raises ValueError for naive datetimes.
    """

    at: datetime
    amount_minor: int
    currency: str
    customer_email: str | None = None
    checkout_opened_at: datetime | None = None

    def __post_init__(self) -> None:
        # Python compares two datetimes of one zone by their wall clocks; UTC has no such trap.
        object.__setattr__(self, "at", aware(self.at))
        if self.checkout_opened_at is not None:
            object.__setattr__(self, "checkout_opened_at", aware(self.checkout_opened_at))


@dataclass(frozen=True, slots=True)
class Touch:
    """One meeting of the customer with a participant, in a role, by a channel. Raises as Conversion."""

    id: str
    participant: str
    role: str
    channel: Channel
    at: datetime
    participant_email: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one touch: `reason` is None where its participant shares.

    `weight` is the touch's own fraction of the whole, 0 where it lost.
    """

    touch: Touch
    reason: Reason | None
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Share:
    """What one participant gets: the exact fraction, and the amount after one split."""

    participant: str
    role: str
    amount_minor: int
    fraction: Fraction
    touches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Shares in order of first touch; a verdict for every touch in order of time."""

    shares: tuple[Share, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def rejected(self) -> tuple[Verdict, ...]:
        """Return the verdicts of the touches that earned nothing."""
        return tuple(verdict for verdict in self.verdicts if verdict.reason)


def decision_for(*, policy: Policy, conversion: Conversion, touches: Sequence[Touch]) -> Decision:
    """Decide who shares the conversion; the order in which touches are given is irrelevant.

    Instants are aware; the amount is in minor units and may be negative (a correction).
    """
    ordered = sorted(touches, key=lambda touch: (touch.at, touch.id))
    reasons = {touch.id: _own_reason(touch, policy, conversion) for touch in ordered}
    pool = _pool(policy, [touch for touch in ordered if reasons[touch.id] is None])
    in_pool = {touch.id for touch in pool}
    weights = _weights(policy, conversion, pool)
    shares = _shares(conversion, pool, weights)
    earning = {share.participant for share in shares}
    verdicts = []
    for touch in ordered:
        reason = reasons[touch.id]
        if reason is None and touch.id not in in_pool:
            reason = Reason.LOWER_PRIORITY
        elif reason is None and touch.participant not in earning:
            reason = _beaten_by(policy)
        verdicts.append(Verdict(touch, reason, weights.get(touch.id, Fraction(0))))
    return Decision(shares=shares, verdicts=tuple(verdicts))


def _own_reason(touch: Touch, policy: Policy, conversion: Conversion) -> Reason | None:
    if touch.at > conversion.at:
        return Reason.AFTER_CONVERSION
    if _age_in_days(touch, conversion) > Fraction(policy.window_days):
        return Reason.OUTSIDE_WINDOW
    email = _folded(touch.participant_email)
    if email and email == _folded(conversion.customer_email):
        return Reason.SELF_REFERRAL
    opened = conversion.checkout_opened_at
    if opened is not None and touch.channel in LATE_CHANNELS and touch.at >= opened:
        return Reason.LATE_CLICK
    return None


def _age_in_days(touch: Touch, conversion: Conversion) -> Fraction:
    # Counted in whole microseconds: dividing timedeltas would go through a float.
    return Fraction((conversion.at - touch.at) // timedelta(microseconds=1), 86_400_000_000)


def _folded(email: str | None) -> str:
    return (email or "").strip().casefold()


def _pool(policy: Policy, candidates: Sequence[Touch]) -> list[Touch]:
    for group in policy.ladder:
        pool = [touch for touch in candidates if touch.channel in group]
        if pool:
            return pool
    return []


def _weights(policy: Policy, conversion: Conversion, pool: Sequence[Touch]) -> dict[str, Fraction]:
    weights = weights_for(policy, [_age_in_days(touch, conversion) for touch in pool])
    total = sum(weights, Fraction(0))
    return {touch.id: weight / total for touch, weight in zip(pool, weights, strict=True)}


def _shares(conversion: Conversion, pool: Sequence[Touch], weights: dict[str, Fraction]) -> tuple[Share, ...]:
    # One participant's weights are added first: rounding each touch would favour the frequent.
    by_participant: dict[str, list[Touch]] = {}
    for touch in pool:
        by_participant.setdefault(touch.participant, []).append(touch)
    fractions = {
        participant: sum((weights[touch.id] for touch in own), Fraction(0))
        for participant, own in by_participant.items()
    }
    earning = [participant for participant, fraction in fractions.items() if fraction]
    if not earning:
        return ()
    amounts = split(conversion.amount_minor, [fractions[participant] for participant in earning])
    return tuple(
        Share(
            participant=participant,
            role=by_participant[participant][0].role,
            amount_minor=amount,
            fraction=fractions[participant],
            touches=tuple(touch.id for touch in by_participant[participant]),
        )
        for participant, amount in zip(earning, amounts, strict=True)
    )


def _beaten_by(policy: Policy) -> Reason:
    first_only = {
        Model.FIRST: True,
        Model.POSITION: policy.last == 0,
        Model.BONUS: policy.last_bonus == 0,
    }
    return Reason.NOT_FIRST if first_only.get(policy.model, False) else Reason.NOT_LAST
