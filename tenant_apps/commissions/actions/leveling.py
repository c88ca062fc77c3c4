"""What uplines earn on the sales of those they recruited."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import contract_of, first_level_to_mature, levels_on_true_ups, true_ups_minor
from tenant_apps.commissions.rules import DEEPEST_LEVEL, LevelOf, Trued, Window, level_for, level_of_true_up
from tenant_apps.commissions.states import WITHOUT_PRICE, CommissionState, Kind
from tenant_apps.programs.queries import terms_for, uplines_of

if TYPE_CHECKING:
    from tenant_apps.programs.models import ContractVersion, Enrollment


def levels_of(earnings: Iterable[Commission]) -> list[Commission]:
    """Return the level lines of earnings that are written, not saved yet.

    Each upline earns by the levels of its own contract: no terms for a level, no line. A level stands for
    the line of the order as its earning does (`derived_from`), so it is confirmed, refunded and disputed
    with it. Levels are paid on earnings that a rule paid, and those of the commission on true-ups of its tiers
    (`levels_of_true_up`); none on bonuses.
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


def levels_of_true_up(line: Commission, *, sold_at: datetime, window: Window, at: datetime) -> list[Commission]:
    """Return the level lines, either way, of a true-up of tiers that is written; not saved yet.

    Uplines earn by their terms of when the sale was sold that moved the period; a period is no customer's, so
    nothing pins them. Who earned on earlier true-ups of the period gives back with them, whoever is upline now.
    """
    so_far: dict[tuple[int, int], list[Commission]] = {}
    for level in levels_on_true_ups(line):
        so_far.setdefault((level.enrollment_id, level.inputs["level"]), []).append(level)
    agreed = {(upline.pk, number): (upline, version, rate) for upline, number, version, rate in _agreed(line, sold_at)}
    total = true_ups_minor(line)
    found = []
    for key in sorted(so_far.keys() | agreed.keys(), key=lambda key: (key[1], key[0])):
        earlier = so_far.get(key, [])
        before = Trued(total, Fraction(earlier[-1].inputs["exact"]) if earlier else Fraction(0))
        upline, version, rate = agreed.get(key) or (earlier[-1].enrollment, earlier[-1].contract_version, Decimal(0))
        booked = sum(level.amount_minor for level in earlier)
        amount, after, steps = level_of_true_up(
            key[1], rate, before=before, true_up_minor=line.amount_minor, booked_minor=booked, currency=line.currency
        )
        if after.exact == before.exact:
            continue
        level = _on_true_up(line, upline, version, amount, at, window)
        level.rule, level.explanation = f"level {key[1]}", [step.as_dict() for step in steps]
        level.inputs = {
            "level": key[1], "commission_minor": line.amount_minor, "true_ups_minor": total, "rate": str(rate),
            "before": str(before.exact), "exact": str(after.exact), "booked_minor": booked,
        }  # fmt: skip
        found.append(level)
    return found


def _agreed(line: Commission, sold_at: datetime) -> "Iterator[tuple[Enrollment, int, ContractVersion, Decimal]]":
    for number, upline in enumerate(uplines_of(line.enrollment, DEEPEST_LEVEL), start=1):
        version = terms_for(upline.pk, line.currency, sold_at, None)
        level = contract_of(version).level(number) if version else None
        if version is not None and level is not None and level.of is LevelOf.COMMISSION:
            yield upline, number, version, level.rate


def _on_true_up(
    line: Commission, upline: "Enrollment", version: "ContractVersion | None", amount: int, at: datetime,
    window: Window,
) -> Commission:  # fmt: skip
    """Return the line of a level: what is given back matures with the first level of the period it corrects."""
    matures_at = at + timedelta(days=version.hold_days if version else 0)
    if amount < 0:
        first = first_level_to_mature(
            upline_id=upline.pk, recruit_id=line.enrollment_id, currency=line.currency, window=window
        )
        matures_at = max(at, first or at)
    return Commission(
        kind=Kind.LEVEL, enrollment=upline, partner_ref=upline.partner_ref, order_ref=line.order_ref,
        contract_version=version, base_minor=0, amount_minor=amount, currency=line.currency, derived_from=line,
        period=line.period, cause_ref=line.cause_ref, state=CommissionState.CONFIRMED, accrued_at=at, confirmed_at=at,
        matures_at=matures_at,
    )  # fmt: skip
