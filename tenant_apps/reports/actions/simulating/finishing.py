"""What a simulation ends with: whole periods beside those that were written, totals, and the lines that differ."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, Sum

from tenant_apps.commissions.queries import levels_on_true_ups_in, whole_periods_in
from tenant_apps.commissions.rules import Counter, window_of
from tenant_apps.commissions.states import CommissionState
from tenant_apps.reports.models import SimulatedLine, SimulatedTotal, Simulation
from tenant_apps.reports.queries.replaying import Scope
from tenant_apps.reports.states import SimulatedKind

AT_ONCE = 500


def finish(simulation: Simulation, scope: Scope, periods: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    """Write the periods and the totals, and keep of the lines those that differ."""
    SimulatedLine.objects.bulk_create(_whole_periods(simulation, scope, periods), batch_size=AT_ONCE)
    lines = SimulatedLine.objects.filter(simulation=simulation)
    SimulatedTotal.objects.bulk_create(_totals(simulation), batch_size=AT_ONCE)
    same = Q(booked_minor=F("simulated_minor"), rule_booked=F("rule_simulated"), reason_booked=F("reason_simulated"))
    returned = Q(kind=SimulatedKind.RETURN, booked_minor=F("simulated_minor"))
    lines.filter(same | returned | Q(kind=SimulatedKind.BEFORE)).delete()
    lines.update(carried=None)


def _whole_periods(
    simulation: Simulation, scope: Scope, periods: dict[tuple[Any, ...], dict[str, Any]]
) -> list[SimulatedLine]:
    """Return true-ups and bonuses by deal, rule, period and month: as written, and as they would have been.

    What is of a period that the simulation does not reach into was written for older sales: it stays. So do levels
    of the commission that were paid on true-ups: they are taken as they were written.
    """
    zone = ZoneInfo(scope.span.zone)
    reached = _reached(scope)
    booked: dict[tuple[Any, ...], int] = defaultdict(int)
    refs: dict[tuple[Any, ...], str] = {}
    would: dict[tuple[Any, ...], int] = defaultdict(int)
    at: dict[tuple[Any, ...], datetime] = {}
    stays = set[tuple[Any, ...]]()
    for row in whole_periods_in(scope.span, scope.own, scope.currencies):
        month = f"{row['accrued_at'].astimezone(zone):%Y-%m}"
        key = (row["enrollment_id"], row["currency"], row["rule"], row["period"], month)
        minor = 0 if row["state"] == CommissionState.CANCELED else row["amount_minor"]
        booked[key] += minor
        refs[key], at[key] = row["public_id"], row["accrued_at"]
        if row["period"] in reached:
            would[key] += minor - row["amount_minor"]  # what a person canceled stays canceled
        else:
            would[key] += minor  # what older sales are due stays due
            stays.add(key)
    for line in levels_on_true_ups_in(scope.span, scope.own, scope.currencies):
        key = (line.enrollment_id, line.currency, line.rule, line.period, f"{line.accrued_at.astimezone(zone):%Y-%m}")
        booked[key] += line.amount_minor
        would[key] += line.amount_minor
        refs[key], at[key] = line.public_id, line.accrued_at
        stays.add(key)
    for key, kept in periods.items():
        would[key] += kept["minor"]
        at[key] = datetime.fromisoformat(kept["at"])
    return [
        SimulatedLine(
            simulation=simulation, kind=SimulatedKind.PERIOD, enrollment_id=key[0], currency=key[1], month=key[4],
            at=at[key], sold_at=at[key], period=key[3], commission_ref=refs.get(key, ""),
            rule_booked=key[2] if key in booked else "",
            booked_minor=booked[key], rule_simulated=key[2] if key in periods or key in stays or would[key] else "",
            simulated_minor=would[key], reason_simulated=periods.get(key, {}).get("reason", ""),
            reason_booked=periods.get(key, {}).get("reason", ""),
            explanation=periods.get(key, {}).get("steps", []), order_ref=periods.get(key, {}).get("orders", ""),
        )
        for key in sorted(booked.keys() | would.keys())
    ]  # fmt: skip


def _reached(scope: Scope) -> set[str]:
    """Return the names of the counters' periods that the simulated time reaches into."""
    span, found = scope.span, set()
    for counter in Counter:
        at = span.start
        while at < span.end:
            window = window_of(counter, at, span.zone)
            found.add(window.key)
            if window.end is None:
                break
            at = window.end
    return found


def _totals(simulation: Simulation) -> list[SimulatedTotal]:
    """Return what each deal's rule was paid and would have been, by month; the kinds of lines together."""
    lines = SimulatedLine.objects.filter(simulation=simulation).exclude(kind=SimulatedKind.BEFORE)
    differs = ~Q(booked_minor=F("simulated_minor"))
    found: dict[tuple[Any, ...], SimulatedTotal] = {}
    for rule, minor in (("rule_booked", "booked_minor"), ("rule_simulated", "simulated_minor")):
        rows = lines.values_list("enrollment_id", "currency", "month", rule).order_by()
        rows = rows.annotate(total=Sum(minor), many=Count("pk"), differing=Count("pk", filter=differs))
        for *key, total, count, changed in rows:
            deal, currency, month, name = key
            one = found.setdefault(tuple(key), SimulatedTotal(
                simulation=simulation, enrollment_id=deal, currency=currency, month=month, rule=name))  # fmt: skip
            setattr(one, minor, total)
            if rule == "rule_simulated":
                one.lines, one.changed = count, changed
    return list(found.values())
