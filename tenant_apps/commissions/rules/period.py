"""What a whole period is due under tiers that pay it as one, and what a bonus is due in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.commissions.rules.limits import Room, cut_by
from tenant_apps.commissions.rules.pay import amount_text, due_of_period, reached
from tenant_apps.commissions.rules.sale import Own
from tenant_apps.commissions.rules.steps import Step
from tenant_apps.commissions.rules.terms import Bonus, Contract, Measure, RevenueTiers, Rule
from tenant_apps.commissions.states import Kind

NOTHING = Own()


@dataclass(frozen=True, slots=True)
class Totals:
    """What a period keeps after refunds: of all versions of the terms together, and of one of them.

    `revenue_minor` is net times share, `count` the lines of which anything is left.
    """

    revenue_minor: Fraction = Fraction(0)
    count: int = 0
    own: Own = NOTHING


def trued_up(rule: Rule, totals: Totals, currency: str) -> tuple[int, list[Step]]:
    """Return what the version's part of the period is due in all, rounded once, and the steps.

    It depends on what is sold and kept alone, so any order of sales and refunds ends at the same cent.
    Raises ValueError for a rule that does not pay whole periods.
    """
    part = rule.trued_up
    if part is None:
        raise ValueError(f"rule {rule.id} does not pay whole periods")
    exact = totals.own.beside + due_of_period(
        part, own=totals.own, revenue_minor=totals.revenue_minor, count=totals.count
    )
    if isinstance(part, RevenueTiers):
        tier = reached(part.tiers, totals.revenue_minor)
        steps = [
            Step("revenue_kept", {"amount": amount_text(totals.revenue_minor, currency)}),
            Step("tier", {"lower": amount_text(tier.lower, currency), "rate": str(tier.rate)}),
        ]
    else:
        reached_tier = reached(part.tiers, max(totals.count, part.tiers[0].lower))
        each = amount_text(reached_tier.amount_minor, currency)
        steps = [
            Step("count_kept", {"count": totals.count}),
            Step("tier_each", {"lower": reached_tier.lower, "amount": each}),
        ]
    if totals.own.beside:
        steps.append(Step("beside", {"amount": amount_text(totals.own.beside, currency)}))
    return round_half_away(exact), [*steps, Step("due", {"amount": amount_text(exact, currency)})]


def bonus_due(bonus: Bonus, totals: Totals, currency: str) -> tuple[int, list[Step]]:
    """Return the bonus where the period reaches its total, 0 where it does not, and the steps."""
    if bonus.measure is Measure.REVENUE:
        reached_it = totals.revenue_minor >= bonus.reach
        seen, wanted = (amount_text(total, currency) for total in (totals.revenue_minor, bonus.reach))
        steps = [Step("revenue_kept", {"amount": seen})]
    else:
        reached_it, wanted = totals.count >= bonus.reach, str(bonus.reach)
        steps = [Step("count_kept", {"count": totals.count})]
    due = bonus.amount_minor if reached_it else 0
    return due, [*steps, Step("bonus_from", {"lower": wanted}), Step("due", {"amount": amount_text(due, currency)})]


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """The line that a period still misses under a rule or bonus; either sign."""

    kind: Kind
    amount_minor: int
    is_cut: bool
    room_minor: int | None
    steps: tuple[Step, ...]


def line_of_period(
    entry: Rule | Bonus, *, totals: Totals, booked_minor: int, room: Room, currency: str, period: str
) -> PeriodLine | None:
    """Return what the period is due less what was booked for it, within its caps; None when nothing is missing.

    A bonus that is reached, also once more, is one; what a refund takes of it corrects it.
    """
    if isinstance(entry, Rule):
        due, steps = trued_up(entry, totals, currency)
        kind = Kind.TRUE_UP
    else:
        due, steps = bonus_due(entry, totals, currency)
        kind = Kind.TRUE_UP if booked_minor or due <= 0 else Kind.BONUS
    amount, cut = cut_by(room, due - booked_minor, currency)
    if not amount:
        return None
    told = (
        Step("rule", {"rule": entry.id}), Step("period", {"period": period}), *steps,
        Step("earned", {"amount": amount_text(booked_minor, currency)}), *cut,
        Step("commission", {"amount": amount_text(amount, currency)}),
    )  # fmt: skip
    return PeriodLine(kind, amount, bool(cut), room.tightest.left_minor if room.tightest else None, told)


def period_entry(contract: Contract, entry_id: str) -> Rule | Bonus | None:
    """Return the rule that pays whole periods, or the bonus, of this id; None where these terms have none."""
    entries: Iterable[Rule | Bonus] = [*(rule for rule in contract.rules if rule.trued_up), *contract.bonuses]
    return next((entry for entry in entries if entry.id == entry_id), None)
