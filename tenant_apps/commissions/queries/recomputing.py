"""Computing lines again from what they keep: the same cent, for ever."""

from decimal import Decimal
from fractions import Fraction

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries.sales import contract_of, lines_of_sale, own_from, stored_facts
from tenant_apps.commissions.rules import (
    PeriodTotals,
    Trued,
    bonus_due,
    commission_for,
    level_for,
    level_of_true_up,
    trued_up,
)
from tenant_apps.commissions.states import Kind
from tenant_apps.orders.queries import order_by_ref


def recomputed_minor(commission: Commission) -> int | None:
    """Compute a line again from its pinned terms, the order's frozen lines and its stored inputs.

    The result must be the line's amount, for ever. None for a line that no terms paid: it was held for
    want of them, or a person decided it.
    """
    match commission.kind:
        case Kind.EARNING:
            return _earning(commission)
        case Kind.LEVEL:
            return _level(commission)
        case Kind.TRUE_UP | Kind.BONUS:
            return _true_up(commission)
        case _:
            return None


def _earning(commission: Commission) -> int | None:
    version, order = commission.contract_version, order_by_ref(commission.order_ref)
    if version is None or order is None:
        return None
    facts = stored_facts(commission, lines_of_sale(order))
    lines = {line.line: line for line in commission_for(contract=contract_of(version), sale=facts).lines}
    return lines[commission.line_ref].amount_minor


def _level(commission: Commission) -> int | None:
    version, kept = commission.contract_version, commission.inputs
    terms = contract_of(version).level(kept["level"]) if version else None
    if "true_ups_minor" in kept:
        before = Trued(int(kept["true_ups_minor"]), Fraction(kept["before"]))
        amount, _, _ = level_of_true_up(
            kept["level"], Decimal(kept["rate"]), before=before, true_up_minor=kept["commission_minor"],
            booked_minor=kept["booked_minor"], currency=commission.currency,
        )  # fmt: skip
        return amount
    if terms is None:
        return None
    return level_for(
        terms, net_minor=commission.net_minor, share=Fraction(commission.share),
        commission_minor=kept["commission_minor"], currency=commission.currency,
    )[0]  # fmt: skip


def _true_up(commission: Commission) -> int | None:
    """What the period was due then, less what was paid of it, within what its caps left."""
    version, kept = commission.contract_version, commission.inputs
    if version is None or "totals" not in kept:
        return None
    contract, stored = contract_of(version), kept["totals"]
    totals = PeriodTotals(Fraction(stored["revenue_minor"]), stored["count"], own_from(stored["own"]))
    rule = next((rule for rule in contract.rules if rule.id == commission.rule), None)
    if rule is not None:
        due, _ = trued_up(rule, totals, contract.currency)
    else:
        bonus = next(bonus for bonus in contract.bonuses if bonus.id == commission.rule)
        due, _ = bonus_due(bonus, totals, contract.currency)
    difference = due - int(kept["booked_minor"])
    return difference if kept["room_minor"] is None else min(difference, int(kept["room_minor"]))
