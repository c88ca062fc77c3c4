"""What an enrollment's rules have seen before a sale: totals of their periods, and what is used of their caps."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from kernel.payload import Payload
from shared_apps.brands.entering import entered_brand
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.rules import (
    FULL,
    Bonus,
    Cap,
    CapScope,
    Contract,
    Counted,
    PeriodTotals,
    Progress,
    Return,
    Room,
    Rule,
    Window,
    name_in_all,
    name_of_cap,
    parse_clawback,
    part_back,
    progress_seen,
    totals_of,
    window_of,
)
from tenant_apps.commissions.states import RULED, SOLD, CommissionState, Kind
from tenant_apps.orders.queries import MoneyBack, given_away_and_back, money_back_of, order_refs_of_customer

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment


Counts = dict[int | None, Counted]


def progress_of(
    *, contract: Contract, version_id: int, at: datetime, enrollment: "Enrollment", customer_id: int,
    apart_from: str = "", order_ref: str = "", beside_minor: int = 0,
) -> dict[str, Progress]:  # fmt: skip
    """Return what the rules with tiers or caps have seen of this enrollment before a sale at `at`.

    Tiers count what was sold, and refunds do not lower them, but those that pay a whole period count what
    is left. A cap is used by what was not taken back. However many rules there are, it takes one query
    for all tiers, two more where a rule pays whole periods, and one for all caps.
    The order `apart_from` is left out: decided again, what it earned before must not count against it. Instead
    caps per partner count `beside_minor`, what other deals of the partner earn on it by the same decision: the
    cap is the partner's, by however many deals it had a part. Of the order `order_ref`, other lines were priced
    before: caps per order count these.
    """
    counts = _counts_of_rules(contract, at, enrollment.pk, apart_from)
    used = _used(contract, at, enrollment, customer_id, apart_from, order_ref)
    for rule in contract.rules if beside_minor else ():
        for number, cap in enumerate(rule.limits.caps):
            used[name_of_cap(rule, number)] += beside_minor if cap.per is CapScope.PARTNER else 0
    return progress_seen(contract, counts=counts, used=used, version=version_id)


def period_totals(
    entry: Rule | Bonus, *, at: datetime, enrollment_id: int, currency: str, version_id: int | None
) -> PeriodTotals:
    """Return what is left, after refunds, of the period of `at` that a rule counts; a bonus counts all rules."""
    window = window_of(entry.counter, at, entered_brand().timezone)
    lines = counted_lines(enrollment_id, currency).filter(within(window))
    lines = lines.filter(rule=entry.id) if isinstance(entry, Rule) else lines.exclude(rule="")
    versions: Counts = defaultdict(Counted)
    for _, version, share, net, count in grouped(lines):
        versions[version].add(Fraction(share), net, count)
    give_back(lines, lambda _, version: versions[version])
    return totals_of(versions, version_id)


def room_of(rule: Rule, contract: Contract, at: datetime, enrollment: "Enrollment") -> Room:
    """Return what a rule that pays whole periods may still pay at an instant; its caps are of no single customer."""
    used = _used(replace(contract, rules=(rule,)), at, enrollment, None)
    caps = tuple(used[name_of_cap(rule, number)] for number, _ in enumerate(rule.limits.caps))
    return Room.of(rule.limits, Progress(used_minor=used.get(name_in_all(rule), 0), cap_used=caps))


def counted_lines(enrollment_id: int, currency: str) -> QuerySet[Commission]:
    """Return the earnings that count in periods: neither canceled, nor given to others by a later decision."""
    lines = Commission.objects.filter(enrollment_id=enrollment_id, currency=currency, kind=Kind.EARNING)
    return lines.exclude(state=CommissionState.CANCELED).filter(voided_by="")


def within(window: Window, name: str = "accrued_at") -> Q:
    """Return the condition that an instant lies in a window."""
    if window.start is None:
        return Q()
    return Q(**{f"{name}__gte": window.start, f"{name}__lt": window.end})


def _counts_of_rules(contract: Contract, at: datetime, enrollment_id: int, apart_from: str) -> dict[str, Counts]:
    zone = entered_brand().timezone
    tiered = {
        rule.id: Q(rule=rule.id) & within(window_of(rule.counter, at, zone)) for rule in contract.rules if rule.tiers
    }
    if not tiered:
        return {}
    counts: dict[str, Counts] = defaultdict(lambda: defaultdict(Counted))
    lines = counted_lines(enrollment_id, contract.currency).exclude(order_ref=apart_from)
    for rule, version, share, net, count in grouped(lines.filter(reduce(or_, tiered.values()))):
        counts[rule][version].add(Fraction(share), net, count)
    whole = [tiered[rule.id] for rule in contract.rules if rule.trued_up]
    if whole:
        give_back(lines.filter(reduce(or_, whole)), lambda rule, version: counts[rule][version])
    return counts


def grouped(lines: QuerySet[Commission]) -> QuerySet[Commission, tuple[str, int | None, str, int, int]]:
    grouped = lines.values_list("rule", "contract_version_id", "share")
    return grouped.annotate(Sum("net_minor"), Count("pk")).order_by()


def give_back(
    lines: QuerySet[Commission], counted: Callable[[str, int | None], Counted], *, before: datetime | None = None
) -> None:
    """Take off what refunds and disputes take back of the lines, and add what was paid beside their tiers."""
    refs = lines.values("line_ref")
    back, given = money_back_of(refs, before=before), given_away_and_back(refs, before=before)
    parts = {}
    for line in lines.filter(line_ref__in=[*back, *given]).select_related("contract_version"):
        part = parts[line.line_ref, line.pk] = _part_back(line, back.get(line.line_ref, []))
        counted(line.rule, line.contract_version_id).give_back(Fraction(line.share), line.net_minor, part)
    for line in lines.filter(inputs__has_key="beside"):
        left = 1 - parts.get((line.line_ref, line.pk), 0)
        counted(line.rule, line.contract_version_id).beside += Fraction(line.inputs["beside"]) * left


def _part_back(line: Commission, back: list[MoneyBack]) -> Fraction:
    """Return which part of an earning its returns take back: what its contract leaves to the partner still counts."""
    # Returns are in the sale's currency, and so is what they are measured against.
    version, base = line.contract_version, line.inputs.get("paid_minor", line.base_minor)
    if not base:
        return Fraction(1)
    sold_at = line.accrued_at.astimezone(ZoneInfo(entered_brand().timezone))
    returns = [Return(each.ref, each.amount_minor, each.since, each.on) for each in back]
    terms = parse_clawback(Payload(version.clawback, "clawback")) if version else FULL
    return part_back(base_minor=base, returns=returns, sold_at=sold_at, terms=terms)


def _used(
    contract: Contract, at: datetime, enrollment: "Enrollment", customer_id: int | None, apart_from: str = "",
    order_ref: str = "",
) -> dict[str, int]:  # fmt: skip
    """Return what was paid so far under each cap, less what was taken back: all caps in one statement."""
    zone, sums = entered_brand().timezone, {}
    for rule in contract.rules:
        own = Q(enrollment=enrollment, of_rule=rule.id)
        if rule.limits.cap_minor is not None:
            sums[name_in_all(rule)] = own
        for number, cap in enumerate(rule.limits.caps):
            sums[name_of_cap(rule, number)] = _scope(cap, own, customer_id, order_ref) & within(
                window_of(cap.period, at, zone), "counted_at"
            )
    if not sums:
        return {}
    lines = (
        Commission.objects.filter(partner_ref=enrollment.partner_ref, currency=contract.currency)
        .exclude(state=CommissionState.CANCELED)
        .annotate(
            of_kind=Coalesce("reverses__kind", "kind"), of_rule=Coalesce("reverses__rule", "rule"),
            of_period=Coalesce("reverses__period", "period"), counted_at=Coalesce("reverses__accrued_at", "accrued_at"),
        )
        .filter(of_kind__in=RULED).exclude(order_ref=apart_from, of_kind__in=SOLD, of_period="")
    )  # fmt: skip
    found = lines.aggregate(
        **{f"s{place}": Sum("amount_minor", filter=q, default=0) for place, q in enumerate(sums.values())}
    )
    return {name: max(0, found[f"s{place}"]) for place, name in enumerate(sums)}


def _scope(cap: Cap, own: Q, customer_id: int | None, order_ref: str) -> Q:
    match cap.per:
        case CapScope.PARTNER:
            return Q()
        case CapScope.CUSTOMER:
            return own & Q(order_ref__in=order_refs_of_customer(customer_id))
        case CapScope.PERIOD:
            return own
        case CapScope.ORDER:
            # A share is paid once for an order: nothing went before it, but for a line that is priced again.
            return own & (Q(order_ref=order_ref) if order_ref else Q(pk=None))
