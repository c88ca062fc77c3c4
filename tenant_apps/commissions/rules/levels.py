"""What a partner earns on the sale of one it recruited, itself or through others."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.commissions.rules.pay import amount_text
from tenant_apps.commissions.rules.steps import Step
from tenant_apps.commissions.rules.terms import Level, LevelOf


@dataclass(frozen=True, slots=True)
class Trued:
    """The true-ups of a recruit's period so far in all, and the exact part of them that is a level's."""

    true_ups_minor: int = 0
    exact: Fraction = Fraction(0)

    def after(self, minor: int, rate: Decimal) -> "Trued":
        """Return both after another true-up; `rate` is of the terms then, zero where nothing is agreed.

        What adds up is paid at the rate of its own terms. What takes back takes the same part of all that was paid
        before, whatever the terms have become: nothing is left when the true-ups come to nothing.
        """
        total = self.true_ups_minor + minor
        if self.true_ups_minor * minor >= 0:
            return Trued(total, self.exact + Fraction(rate) * minor)
        if abs(minor) <= abs(self.true_ups_minor):
            return Trued(total, self.exact * Fraction(total, self.true_ups_minor))
        return Trued(total, Fraction(rate) * total)


def level_of_true_up(
    number: int, rate: Decimal, *, before: Trued, true_up_minor: int, booked_minor: int, currency: str
) -> tuple[int, Trued, list[Step]]:  # fmt: skip
    """Return what a level of commission earns, or gives back, on a true-up; what it has then; and the steps.

    A true-up corrects what the recruit earned, so a level of the commission follows it, either way: what is due of
    all true-ups of the period, rounded once, half away from zero, less what was written. So the levels of a
    period's true-ups sum to the rounded level of their sum, in whatever order these came. A level of the sale
    does not: no tier changes what was sold. Nor is any level paid on a bonus, which is no part of a sale.
    """
    after = before.after(true_up_minor, rate)
    amount = round_half_away(after.exact) - booked_minor
    steps = [
        Step("level", {"level": number}), Step("recruit_trued_up", {"amount": amount_text(true_up_minor, currency)}),
        Step("rate", {"rate": str(rate)}), Step("due_of_true_ups", {"amount": amount_text(after.exact, currency)}),
        Step("earned", {"amount": amount_text(booked_minor, currency)}),
        Step("commission", {"amount": amount_text(amount, currency)}),
    ]  # fmt: skip
    return amount, after, steps


def level_for(
    level: Level, *, net_minor: int, share: Fraction, commission_minor: int, currency: str
) -> tuple[int, list[Step]]:  # fmt: skip
    """Return what a level earns on one line, rounded once, half away from zero, and the steps.

    `net_minor` is the line's, `share` the recruit's part of the conversion, `commission_minor` what the
    recruit earns of it. Refunds take a level back in proportion to the money of the line, as they do the
    recruit's commission: a full refund leaves exactly nothing of either.
    """
    if level.of is LevelOf.SALE:
        basis, code = net_minor * share, "recruit_credited"
    else:
        basis, code = Fraction(commission_minor), "recruit_earned"
    amount = round_half_away(basis * Fraction(level.rate))
    steps = [
        Step("level", {"level": level.level}), Step(code, {"amount": amount_text(basis, currency)}),
        Step("rate", {"rate": str(level.rate)}), Step("commission", {"amount": amount_text(amount, currency)}),
    ]  # fmt: skip
    return amount, steps
