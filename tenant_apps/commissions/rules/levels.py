"""What a partner earns on the sale of one it recruited, itself or through others."""

from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.commissions.rules.pay import amount_text
from tenant_apps.commissions.rules.steps import Step
from tenant_apps.commissions.rules.terms import Level, LevelOf


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
