from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions.booking import book_accrued
from tenant_apps.commissions.actions.grouping import lock_progress
from tenant_apps.commissions.actions.leveling import levels_of_true_up
from tenant_apps.commissions.events import CommissionAccrued
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import (
    booked_minor,
    contract_of,
    first_to_mature,
    period_totals,
    room_of,
    sold_lines_of_order,
    versions_in_period,
)
from tenant_apps.commissions.queries.sales import own_as_dict
from tenant_apps.commissions.rules import (
    Bonus,
    PeriodTotals,
    Room,
    Rule,
    Window,
    line_of_period,
    period_entry,
    window_of,
)
from tenant_apps.commissions.states import CommissionState
from tenant_apps.programs.queries import contract_versions

if TYPE_CHECKING:
    from tenant_apps.programs.models import ContractVersion, Enrollment


@transaction.atomic
def true_up_order(*, order_ref: str, cause_ref: str, at: datetime) -> list[Commission]:
    """Bring the periods that an order's sales count in to what they are due now; return the lines written.

    Called after everything that changes what an order keeps: a refund, a dispute, a cancellation.
    """
    written = []
    # In one order of partners for all writers, so that two never wait for each other.
    for line in sorted(
        sold_lines_of_order(order_ref), key=lambda line: (line.partner_ref, line.enrollment_id, line.pk)
    ):
        written += true_up_sale(line, cause_ref=cause_ref, at=at)
    return written


def true_up_sale(line: Commission, *, cause_ref: str, at: datetime) -> list[Commission]:
    """Bring the periods that one earning counts in to what they are due now; return the lines written."""
    version = line.contract_version
    if version is None or not line.rule:
        return []
    contract = contract_of(version)
    entries: list[Rule | Bonus] = [rule for rule in contract.rules if rule.id == line.rule and rule.trued_up]
    return [
        written
        for entry in [*entries, *contract.bonuses]
        for written in true_up_period(
            enrollment=line.enrollment, currency=contract.currency, entry=entry, sold_at=line.accrued_at,
            order_ref=line.order_ref, cause_ref=cause_ref, at=at,
        )
    ]  # fmt: skip


@transaction.atomic
def true_up_period(
    *, enrollment: "Enrollment", currency: str, entry: Rule | Bonus, sold_at: datetime, order_ref: str, cause_ref: str,
    at: datetime,
) -> list[Commission]:  # fmt: skip
    """Write what the period of `sold_at` is due under a rule or bonus, less what was written for it; either sign.

    Due is computed from what is sold and kept now, never from how it came about, and written is the
    difference: so it may be called again, and sales, refunds and disputes may come in any order. Each
    version of the terms in the period gets its own line. What is written is confirmed at once, for no
    single delivery confirms it, and matures after the hold; what is taken back, with the first sale it corrects.
    Levels of the commission follow what tiers are trued up by.
    """
    lock_progress(enrollment.partner_ref)
    window = window_of(entry.counter, sold_at, entered_brand().timezone)
    where = {"enrollment_id": enrollment.pk, "currency": currency, "window": window}
    versions = contract_versions(versions_in_period(entry_id=entry.id, **where))  # type: ignore[arg-type]
    known = [(version, contract_of(version)) for version in versions]
    terms = [(version, contract, found) for version, contract in known if (found := period_entry(contract, entry.id))]
    written = []
    # A bonus is one for the period whatever the versions in it: the newest terms say how much.
    for version, contract, found in terms if isinstance(entry, Rule) else terms[-1:]:
        own_id = version.pk if isinstance(found, Rule) else None
        totals = period_totals(
            found, at=sold_at, enrollment_id=enrollment.pk, currency=currency, version_id=own_id
        )  # fmt: skip
        booked = booked_minor(entry_id=entry.id, version_id=own_id, **where)  # type: ignore[arg-type]
        room = room_of(found, contract, sold_at, enrollment) if isinstance(found, Rule) else Room(())
        line = _line(found, version, totals, booked, room, window, enrollment)
        if line is None:
            continue
        written.append(_written(line, order_ref, cause_ref, at, window))
        if isinstance(found, Rule):
            levels = levels_of_true_up(line, sold_at=sold_at, window=window, at=at)
            written += [_booked(level, at) for level in levels]
    return written


def _line(
    entry: Rule | Bonus, version: "ContractVersion", totals: PeriodTotals, booked: int, room: Room, window: Window,
    enrollment: "Enrollment",
) -> Commission | None:  # fmt: skip
    """Return the line that is missing, not saved yet; None when nothing is."""
    missing = line_of_period(
        entry, totals=totals, booked_minor=booked, room=room, currency=version.currency, period=window.key
    )
    if missing is None:
        return None
    return Commission(
        kind=missing.kind, enrollment=enrollment, partner_ref=enrollment.partner_ref, contract_version=version,
        rule=entry.id, reason="cap" if missing.is_cut else "", period=window.key, base_minor=0,
        amount_minor=missing.amount_minor, currency=version.currency,
        explanation=[step.as_dict() for step in missing.steps], state=CommissionState.CONFIRMED,
        inputs={"totals": _as_dict(totals), "booked_minor": booked, "room_minor": missing.room_minor},
    )  # fmt: skip


def _written(line: Commission, order_ref: str, cause_ref: str, at: datetime, window: Window) -> Commission:
    assert line.contract_version is not None  # noqa: S101
    line.order_ref, line.cause_ref = order_ref, cause_ref
    line.accrued_at = line.confirmed_at = at
    if line.amount_minor > 0:
        line.matures_at = at + timedelta(days=line.contract_version.hold_days)
    else:
        first = first_to_mature(enrollment_id=line.enrollment_id, currency=line.currency, window=window)
        line.matures_at = max(at, first or at)
    return _booked(line, at)


def _booked(line: Commission, at: datetime) -> Commission:
    line.save(force_insert=True)
    book_accrued(line, at)
    publish(CommissionAccrued(at=at, partner_ref=line.partner_ref, commission_ref=line.public_id))
    return line


def _as_dict(totals: PeriodTotals) -> dict[str, Any]:
    return {
        "revenue_minor": str(totals.revenue_minor), "count": totals.count, "own": own_as_dict(totals.own),
    }  # fmt: skip
