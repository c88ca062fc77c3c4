"""What a sale earns under a contract: one line for each line, also for those that pay nothing."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.commissions.rules.conditions import mismatch_of, unknown_fact_of, window_over
from tenant_apps.commissions.rules.limits import Room, limited
from tenant_apps.commissions.rules.pay import Situation, amount_text, due_of_period, earned_by
from tenant_apps.commissions.rules.sale import Line, Own, Sale
from tenant_apps.commissions.rules.steps import Step, Why
from tenant_apps.commissions.rules.terms import Contract, Part, Rule


class ZeroReason(StrEnum):
    """Why a line pays nothing, or less than its rule says."""

    NO_RULE = "no_rule"
    WINDOW_OVER = "window_over"
    CAP = "cap"
    UNKNOWN_FACT = "unknown_fact"


@dataclass(frozen=True, slots=True)
class CommissionLine:
    """What one line of the sale earns, by which rule, and the steps that made it.

    `base_minor` is the line's net: what refunds are measured against. `beside` is what of the amount
    does not come from tiers that pay a whole period: it stays when the period reaches another tier.
    """

    line: str
    rule: str | None
    amount_minor: int
    reason: ZeroReason | None
    base_minor: int
    steps: tuple[Step, ...]
    beside: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Commission:
    """The commission lines of a sale, in the order of its lines."""

    currency: str
    lines: tuple[CommissionLine, ...]

    @property
    def total_minor(self) -> int:
        """Return the sum of the lines."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Tally:
    """What a rule has seen so far: before the sale, and on its earlier lines."""

    share: Fraction
    room: Room
    revenue_minor: Fraction
    count: int
    credited: Fraction
    earned: tuple[Fraction, ...]
    own: Own | None
    is_first_line: bool = True


def commission_for(*, contract: Contract, sale: Sale) -> Commission:
    """Compute what each line of the sale earns; the first rule that matches a line pays it.

    Period totals and caps move on from line to line, for each rule on its own, but a cap per partner
    for all together. Rounds half away from zero, once per line. A line whose rule cannot be told for
    want of a fact pays nothing, for that reason. Raises InvalidInput when a limit needs an unknown fact.
    """
    tallies = {rule.id: _opening(rule, sale) for rule in contract.rules}
    lines = []
    for line in sale.priced:
        rule, unknown, skipped = _first_match(contract, sale, line)
        if rule is None:
            lines.append(_nothing(line, None, ZeroReason.NO_RULE, skipped))
        elif unknown:
            steps = [*skipped, Step("rule", {"rule": rule.id}), Step("undecided", {"why": unknown})]
            lines.append(_nothing(line, rule, ZeroReason.UNKNOWN_FACT, steps))
        elif over := window_over(rule.limits, sale):
            steps = [*skipped, Step("rule", {"rule": rule.id}), Step("window_over", {"why": over})]
            lines.append(_nothing(line, rule, ZeroReason.WINDOW_OVER, steps))
        else:
            paid, tallies[rule.id] = _paid(rule, line, tallies[rule.id], contract.currency, skipped)
            lines.append(paid)
            tallies = {
                other: tally if other == rule.id else replace(tally, room=tally.room.used_elsewhere(paid.amount_minor))
                for other, tally in tallies.items()
            }
    return Commission(currency=contract.currency, lines=tuple(lines))


def _opening(rule: Rule, sale: Sale) -> _Tally:
    before = sale.before_rule(rule.id)
    return _Tally(
        share=sale.share,
        room=Room.of(rule.limits, before),
        revenue_minor=Fraction(before.revenue_minor),
        count=before.count,
        credited=Fraction(before.count) if before.credited is None else before.credited,
        earned=(Fraction(before.earned_minor),) * len(rule.pay.parts),
        own=before.own if rule.trued_up else None,
        is_first_line=not before.has_paid,
    )


def _first_match(contract: Contract, sale: Sale, line: Line) -> tuple[Rule | None, Why | None, list[Step]]:
    """Return the rule of the line, the fact that it lacks if any, and why the rules before it do not match."""
    skipped: list[Step] = []
    for rule in contract.rules:
        mismatch = mismatch_of(rule.when, sale=sale, line=line)
        if mismatch is None:
            return rule, unknown_fact_of(rule.when, sale), skipped
        skipped.append(Step("rule_skipped", {"rule": rule.id, "why": mismatch}))
    return None, None, skipped


def _nothing(line: Line, rule: Rule | None, reason: ZeroReason, steps: list[Step]) -> CommissionLine:
    rule_id = rule.id if rule else None
    return CommissionLine(line.id, rule_id, 0, reason, line.net_minor, tuple(steps))


def _paid(rule: Rule, line: Line, tally: _Tally, currency: str, skipped: list[Step]) -> tuple[CommissionLine, _Tally]:
    steps = [*skipped, Step("rule", {"rule": rule.id})]
    if tally.share != 1:
        steps.append(Step("share", {"share": _share_text(tally.share)}))
    exacts: dict[Part, Fraction] = {}
    values = []
    for part, earned in zip(rule.pay.parts, tally.earned, strict=True):
        situation = Situation(
            line=line, currency=currency, is_first_line=tally.is_first_line, share=tally.share,
            revenue_minor=tally.revenue_minor, count=tally.count, credited=tally.credited, earned=earned,
            own=tally.own,
        )  # fmt: skip
        exact, part_steps = earned_by(part, situation)
        values.append(exact)
        exacts[part] = exact
        steps += part_steps
    exact = sum(values, Fraction(0))
    if len(values) > 1 or exact.denominator > 1:
        steps.append(Step("before_rounding", {"amount": amount_text(exact, currency)}))
    rounded = _rounded(exact, rule, line, tally)
    amount, is_capped, limit_steps = limited(rounded, rule.limits, tally.room, tally.share, currency)
    steps += [*limit_steps, Step("commission", {"amount": amount_text(amount, currency)})]
    beside = exact - exacts[rule.trued_up] + amount - rounded if rule.trued_up else Fraction(0)
    reason = ZeroReason.CAP if is_capped else None
    paid = CommissionLine(line.id, rule.id, amount, reason, line.net_minor, tuple(steps), beside)
    return paid, _moved_on(tally, paid, values)


def _rounded(exact: Fraction, rule: Rule, line: Line, tally: _Tally) -> int:
    """Round the line once; where its period is trued up apart, so that the lines of a tier sum to its rounded due."""
    part, own = rule.trued_up, tally.own
    if part is None or own is None:
        return round_half_away(exact)
    revenue = tally.revenue_minor + line.net_minor * tally.share
    due = own.beside + due_of_period(part, own=own, revenue_minor=revenue, count=tally.count + 1)
    return round_half_away(due + exact) - round_half_away(due)


def _moved_on(tally: _Tally, paid: CommissionLine, exacts: list[Fraction]) -> _Tally:
    # A rule of one part has earned what its line was paid; parts of a hybrid have no
    # amount of their own but the exact one.
    gains = [Fraction(paid.amount_minor)] if len(exacts) == 1 else exacts
    revenue, own = paid.base_minor * tally.share, tally.own
    return replace(
        tally,
        room=tally.room.used_by(paid.amount_minor),
        revenue_minor=tally.revenue_minor + revenue,
        count=tally.count + 1,
        credited=tally.credited + tally.share,
        earned=tuple(map(Fraction.__add__, tally.earned, gains)),
        is_first_line=False,
        own=Own(own.revenue_minor + revenue, own.credited + tally.share, own.beside + paid.beside) if own else None,
    )


def _share_text(share: Fraction) -> str:
    if share.denominator <= 1000:
        return f"{share.numerator}/{share.denominator}"
    return f"≈ {Decimal(round_half_away(share * 10**8)).scaleb(-8):f}"
