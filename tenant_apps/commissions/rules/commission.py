"""What a sale earns under a contract: one line for each line, also for those that pay nothing."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.commissions.rules.conditions import mismatch_of, window_over
from tenant_apps.commissions.rules.pay import Situation, Step, amount_text, earned_by
from tenant_apps.commissions.rules.sale import Line, Sale
from tenant_apps.commissions.rules.terms import Contract, Limits, Rule


class ZeroReason(StrEnum):
    """Why a line pays nothing, or less than its rule says."""

    NO_RULE = "no_rule"
    WINDOW_OVER = "window_over"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class CommissionLine:
    """What one line of the sale earns, by which rule, and the steps that made it.

    `base_minor` is the line's net: what refunds are measured against.
    """

    line: str
    rule: str | None
    amount_minor: int
    reason: ZeroReason | None
    base_minor: int
    steps: tuple[Step, ...]


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
    used_minor: int
    revenue_minor: Fraction
    count: int
    credited: Fraction
    earned: tuple[Fraction, ...]
    is_first_line: bool = True


def commission_for(*, contract: Contract, sale: Sale) -> Commission:
    """Compute what each line of the sale earns; the first rule that matches a line pays it.

    Period totals and caps move on from line to line, for each rule on its own. Rounds half
    away from zero, once per line. Raises InvalidInput when a rule needs an unknown fact.
    """
    tallies = {rule.id: _opening(rule, sale) for rule in contract.rules}
    lines = []
    for line in sale.lines:
        rule, skipped = _first_match(contract, sale, line)
        if rule is None:
            lines.append(_nothing(line, None, ZeroReason.NO_RULE, skipped))
        elif over := window_over(rule.limits, sale):
            steps = [*skipped, Step("Rule", rule.id), Step("Window over", over)]
            lines.append(_nothing(line, rule, ZeroReason.WINDOW_OVER, steps))
        else:
            paid, tallies[rule.id] = _paid(rule, line, tallies[rule.id], contract.currency, skipped)
            lines.append(paid)
    return Commission(currency=contract.currency, lines=tuple(lines))


def _opening(rule: Rule, sale: Sale) -> _Tally:
    before = sale.before_rule(rule.id)
    return _Tally(
        share=sale.share,
        used_minor=before.used_minor,
        revenue_minor=Fraction(before.revenue_minor),
        count=before.count,
        credited=Fraction(before.count) if before.credited is None else before.credited,
        earned=(Fraction(before.earned_minor),) * len(rule.pay.parts),
    )


def _first_match(contract: Contract, sale: Sale, line: Line) -> tuple[Rule | None, list[Step]]:
    skipped: list[Step] = []
    for rule in contract.rules:
        mismatch = mismatch_of(rule.when, sale=sale, line=line)
        if mismatch is None:
            return rule, skipped
        skipped.append(Step(f"Rule {rule.id} does not match", mismatch))
    return None, skipped


def _nothing(line: Line, rule: Rule | None, reason: ZeroReason, steps: list[Step]) -> CommissionLine:
    rule_id = rule.id if rule else None
    return CommissionLine(line.id, rule_id, 0, reason, line.net_minor, tuple(steps))


def _paid(rule: Rule, line: Line, tally: _Tally, currency: str, skipped: list[Step]) -> tuple[CommissionLine, _Tally]:
    steps = [*skipped, Step("Rule", rule.id)]
    if tally.share != 1:
        steps.append(Step("Share of the conversion", _share_text(tally.share)))
    exacts = []
    for part, earned in zip(rule.pay.parts, tally.earned, strict=True):
        situation = Situation(
            line=line, currency=currency, is_first_line=tally.is_first_line, share=tally.share,
            revenue_minor=tally.revenue_minor, count=tally.count, credited=tally.credited, earned=earned,
        )  # fmt: skip
        exact, part_steps = earned_by(part, situation)
        exacts.append(exact)
        steps += part_steps
    exact = sum(exacts, Fraction(0))
    if len(exacts) > 1 or exact.denominator > 1:
        steps.append(Step("Before rounding", amount_text(exact, currency)))
    amount, reason, limit_steps = _limited(round_half_away(exact), rule.limits, tally, currency)
    steps += [*limit_steps, Step("Commission", amount_text(amount, currency))]
    paid = CommissionLine(line.id, rule.id, amount, reason, line.net_minor, tuple(steps))
    return paid, _moved_on(tally, line, amount, exacts)


def _moved_on(tally: _Tally, line: Line, amount: int, exacts: list[Fraction]) -> _Tally:
    # A rule of one part has earned what its line was paid; parts of a hybrid have no
    # amount of their own but the exact one.
    gains = [Fraction(amount)] if len(exacts) == 1 else exacts
    return replace(
        tally,
        used_minor=tally.used_minor + amount,
        revenue_minor=tally.revenue_minor + line.net_minor * tally.share,
        count=tally.count + 1,
        credited=tally.credited + tally.share,
        earned=tuple(map(Fraction.__add__, tally.earned, gains)),
        is_first_line=False,
    )


def _limited(amount: int, limits: Limits, tally: _Tally, currency: str) -> tuple[int, ZeroReason | None, list[Step]]:
    steps = []
    # The minimum is a line's, so each participant is raised to its share of it.
    minimum = None if limits.min_minor is None else round_half_away(limits.min_minor * tally.share)
    if minimum is not None and amount < minimum:
        amount = minimum
        steps.append(Step("Raised to the minimum", amount_text(amount, currency)))
    if limits.cap_minor is None:
        return amount, None, steps
    room = max(0, limits.cap_minor - tally.used_minor)
    if amount <= room:
        return amount, None, steps
    cap, used = (amount_text(minor, currency) for minor in (limits.cap_minor, tally.used_minor))
    return room, ZeroReason.CAP, [*steps, Step("Cut by the cap", f"{cap}, of which {used} is used")]


def _share_text(share: Fraction) -> str:
    if share.denominator <= 1000:
        return f"{share.numerator}/{share.denominator}"
    return f"≈ {Decimal(round_half_away(share * 10**8)).scaleb(-8):f}"
