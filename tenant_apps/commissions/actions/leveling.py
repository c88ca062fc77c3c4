"""What uplines earn on the sales of those they recruited."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import contract_of
from tenant_apps.commissions.rules import DEEPEST_LEVEL, level_for
from tenant_apps.commissions.states import WITHOUT_PRICE, Kind
from tenant_apps.programs.queries import terms_for, uplines_of


def levels_of(earnings: Iterable[Commission]) -> list[Commission]:
    """Return the level lines of earnings that are written, not saved yet.

    Each upline earns by the levels of its own contract: no terms for a level, no line. A level stands for
    the line of the order as its earning does (`derived_from`), so it is confirmed, refunded and disputed
    with it. Levels are paid on earnings that a rule paid, not on true-ups and bonuses.
    """
    return [level for line in earnings if line.kind == Kind.EARNING and _is_paid(line) for level in _of(line)]


def _is_paid(line: Commission) -> bool:
    # What a person holds is owed all the same: its level waits for nobody but the delivery.
    return bool(line.rule) and line.reason not in WITHOUT_PRICE


def _of(earning: Commission) -> Iterator[Commission]:
    first = earning.inputs.get("first_charge_at")
    first_charge_at = datetime.fromisoformat(first) if first else None
    for number, upline in enumerate(uplines_of(earning.enrollment, DEEPEST_LEVEL), start=1):
        version = terms_for(upline.pk, earning.currency, earning.accrued_at, first_charge_at)
        terms = contract_of(version).level(number) if version else None
        if version is None or terms is None:
            continue
        amount, steps = level_for(
            terms, net_minor=earning.net_minor, share=Fraction(earning.share),
            commission_minor=earning.amount_minor, currency=earning.currency,
        )  # fmt: skip
        yield Commission(
            kind=Kind.LEVEL, enrollment=upline, partner_ref=upline.partner_ref, order_ref=earning.order_ref,
            line_ref=earning.line_ref, attribution_ref=earning.attribution_ref, contract_version=version,
            rule=f"level {number}", share=earning.share, net_minor=earning.net_minor, base_minor=earning.base_minor,
            amount_minor=amount, currency=earning.currency, sale_currency=earning.sale_currency,
            exchange_rate=earning.exchange_rate, explanation=[step.as_dict() for step in steps],
            inputs={"level": number, "commission_minor": earning.amount_minor}, derived_from=earning,
            accrued_at=earning.accrued_at, matures_at=earning.accrued_at + timedelta(days=version.hold_days),
        )  # fmt: skip
