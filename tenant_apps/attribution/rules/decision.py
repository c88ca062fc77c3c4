"""The decision: who shares a conversion, and what every touch is told about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.rates import round_half_away
from kernel.splits import split
from tenant_apps.attribution.rules.eligibility import age_in_days, own_reason
from tenant_apps.attribution.rules.facts import Award, Conversion, Reason, Touch
from tenant_apps.attribution.rules.policy import Model, Policy, Pool
from tenant_apps.attribution.rules.weights import weights_for


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one touch: `reason` is None where its participant shares.

    `weight` is the touch's own fraction of the whole, 0 where it lost; `policy` is the one that judged
    it, `pool` the one it competed in.
    """

    touch: Touch
    reason: Reason | None
    weight: Fraction
    policy: Policy
    pool: Pool | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one participant gets: the exact fraction of the conversion, and the amount after one split."""

    participant: str
    role: str
    amount_minor: int
    fraction: Fraction
    touches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoolResult:
    """What a pool had to share; `unclaimed_minor` went to nobody: direct visits, or no touch at all."""

    roles: tuple[str, ...]
    weight: Fraction
    amount_minor: int
    unclaimed_minor: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Shares in order of first touch; a verdict for every touch in order of time; what each pool shared."""

    shares: tuple[Share, ...]
    verdicts: tuple[Verdict, ...]
    pools: tuple[PoolResult, ...]

    @property
    def rejected(self) -> tuple[Verdict, ...]:
        """Return the verdicts of the touches that earned nothing."""
        return tuple(verdict for verdict in self.verdicts if verdict.reason)


@dataclass(frozen=True, slots=True)
class _Competition:
    """One pool decided: the touches that reached its ladder group, their weights in the pool, the shares."""

    pool: Pool
    policy: Policy
    weights: dict[str, Fraction]
    shares: tuple[Share, ...]
    result: PoolResult


def decision_for(
    *, policy: Policy, conversion: Conversion, touches: Sequence[Touch], programs: Mapping[str, Policy] | None = None,
    award: Award | None = None,
) -> Decision:  # fmt: skip
    """Decide who shares the conversion; the order in which touches are given is irrelevant.

    Each pool runs ladder and model on the touches of its roles and shares its weight of the conversion.
    `programs` holds the terms of programs that have their own: they judge whether their touches may
    compete, and weigh them where only they compete. An award overrules models and pools. Instants are
    aware; the amount is in minor units and may be negative (a correction).
    """
    programs = programs or {}
    ordered = sorted(touches, key=lambda touch: (touch.at, touch.id))
    judges = {touch.id: programs.get(touch.program, policy) for touch in ordered}
    reasons = {touch.id: own_reason(touch, judges[touch.id], conversion) for touch in ordered}
    if award is not None:
        return _awarded(award, conversion, ordered, reasons, judges)
    open_to_all = [touch for touch in ordered if reasons[touch.id] is None]
    competitions = [
        _competition(pool, amount, policy, programs, conversion, open_to_all)
        for pool, amount in zip(policy.pools, pool_amounts(conversion.amount_minor, policy.pools), strict=True)
    ]
    verdicts = tuple(_verdict(touch, reasons[touch.id], judges[touch.id], competitions) for touch in ordered)
    place = {touch.id: number for number, touch in enumerate(ordered)}
    shares = [share for competition in competitions for share in competition.shares]
    return Decision(
        shares=tuple(sorted(shares, key=lambda share: place[share.touches[0]])),
        verdicts=verdicts,
        pools=tuple(competition.result for competition in competitions),
    )


def pool_amounts(amount_minor: int, pools: Sequence[Pool]) -> list[int]:
    """Return what each pool has to share: together the rounded sum of their weights of the amount, exactly.

    Weights of 1 together share the amount itself to the minor unit; two of 1 each get all of it.
    """
    weights = [Fraction(pool.weight) for pool in pools]
    return split(round_half_away(amount_minor * sum(weights, Fraction(0))), weights)


def _competition(
    pool: Pool, amount_minor: int, policy: Policy, programs: Mapping[str, Policy], conversion: Conversion,
    candidates: Sequence[Touch],
) -> _Competition:  # fmt: skip
    group = _first_group(policy, [touch for touch in candidates if pool.takes(touch.role)])
    model = _model_of(group, policy, programs)
    weighed = weights_for(model, [age_in_days(touch, conversion) for touch in group])
    total = sum(weighed, Fraction(0))
    weights = {touch.id: weight / total for touch, weight in zip(group, weighed, strict=True)}
    shares = _shares(amount_minor, Fraction(pool.weight), group, weights)
    unclaimed = amount_minor - sum(share.amount_minor for share in shares)
    result = PoolResult(tuple(sorted(pool.roles)), Fraction(pool.weight), amount_minor, unclaimed)
    return _Competition(pool, model, weights, shares, result)


def _first_group(policy: Policy, candidates: Sequence[Touch]) -> list[Touch]:
    for channels in policy.ladder:
        group = [touch for touch in candidates if touch.channel in channels]
        if group:
            return group
    return []


def _model_of(group: Sequence[Touch], policy: Policy, programs: Mapping[str, Policy]) -> Policy:
    """Return whose model weighs a group: a program's where every touch is of that program, else the brand's."""
    of = {touch.program for touch in group}
    return programs.get(of.pop(), policy) if len(of) == 1 else policy


def _shares(
    amount_minor: int, part: Fraction, group: Sequence[Touch], weights: dict[str, Fraction]
) -> tuple[Share, ...]:
    # One participant's weights are added first: rounding each touch would favour the frequent.
    by_participant: dict[str | None, list[Touch]] = {}
    for touch in group:
        by_participant.setdefault(touch.participant, []).append(touch)
    fractions = {
        participant: sum((weights[touch.id] for touch in own), Fraction(0))
        for participant, own in by_participant.items()
    }
    earning = [participant for participant, fraction in fractions.items() if fraction]
    if not earning:
        return ()
    amounts = split(amount_minor, [fractions[participant] for participant in earning])
    return tuple(
        Share(
            participant=participant,
            role=by_participant[participant][0].role,
            amount_minor=amount,
            fraction=part * fractions[participant],
            touches=tuple(touch.id for touch in by_participant[participant]),
        )
        for participant, amount in zip(earning, amounts, strict=True)
        if participant is not None  # the house: its part is nobody's
    )


def _verdict(touch: Touch, own: Reason | None, judge: Policy, competitions: Sequence[_Competition]) -> Verdict:
    if own is not None:
        return Verdict(touch, own, Fraction(0), judge)
    entered = [each for each in competitions if each.pool.takes(touch.role)]
    if not entered:
        return Verdict(touch, Reason.NO_POOL, Fraction(0), judge)
    reached = [each for each in entered if touch.id in each.weights]
    if not reached:
        return Verdict(touch, Reason.LOWER_PRIORITY, Fraction(0), entered[0].policy, entered[0].pool)
    weight = sum((Fraction(each.pool.weight) * each.weights[touch.id] for each in reached), Fraction(0))
    in_pool = reached[0]
    shares = weight or any(share.participant == touch.participant for share in in_pool.shares)
    return Verdict(touch, None if shares else _beaten_by(in_pool.policy), weight, in_pool.policy, in_pool.pool)


def _awarded(
    award: Award, conversion: Conversion, ordered: Sequence[Touch], reasons: Mapping[str, Reason | None],
    judges: Mapping[str, Policy],
) -> Decision:  # fmt: skip
    """Return a decision whose fractions a person fixed; a participant may share without any touch."""
    given = [each for each in award if each.fraction]
    total = sum((each.fraction for each in given), Fraction(0))
    whole = round_half_away(conversion.amount_minor * total)
    amounts = split(whole, [each.fraction for each in given]) if given else []
    last = {touch.participant: touch.id for touch in ordered}
    weights = {last[each.participant]: each.fraction for each in given if each.participant in last}
    winners = {each.participant for each in given}
    return Decision(
        shares=tuple(
            Share(
                each.participant, each.role, amount, each.fraction,
                tuple(touch.id for touch in ordered if touch.participant == each.participant),
            )
            for each, amount in zip(given, amounts, strict=True)
        ),
        verdicts=tuple(
            Verdict(
                touch, None if touch.participant in winners else reasons[touch.id] or Reason.AWARDED,
                weights.get(touch.id, Fraction(0)), judges[touch.id],
            )
            for touch in ordered
        ),
        pools=(PoolResult((), total, whole, 0),),
    )  # fmt: skip


def _beaten_by(policy: Policy) -> Reason:
    first_only = {
        Model.FIRST: True,
        Model.POSITION: policy.last == 0,
        Model.BONUS: policy.last_bonus == 0,
    }
    return Reason.NOT_FIRST if first_only.get(policy.model, False) else Reason.NOT_LAST
