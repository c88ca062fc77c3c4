from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Sum

from kernel.payload import Payload
from kernel.periods import month_of
from shared_apps.brands.entering import entered_brand
from tenant_apps.attribution.queries import attribution_of_order
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.rules import (
    Contract,
    CountTiers,
    Line,
    Progress,
    RevenueTiers,
    Sale,
    commission_for,
    parse_contract,
)
from tenant_apps.commissions.states import ORIGINALS, CommissionState, Kind
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import trial_balance
from tenant_apps.orders.queries import order_by_ref, sale_of

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order


@dataclass(frozen=True, slots=True)
class Totals:
    """What a partner has in one currency, by the state people see; held money is not counted as pending."""

    pending_minor: int = 0
    confirmed_minor: int = 0
    payable_minor: int = 0
    paid_minor: int = 0
    hold_minor: int = 0


def all_commissions() -> QuerySet[Commission]:
    """Return every line with its enrollment, terms and original, newest first."""
    return Commission.objects.select_related("enrollment", "contract_version", "reverses").order_by("-pk")


def commission_by_ref(ref: str) -> Commission | None:
    """Return a line by its public id, with its enrollment, terms and original."""
    return all_commissions().filter(public_id=ref).first()


def commissions_of_order(order_ref: str) -> QuerySet[Commission]:
    """Return the lines of an order in the order they were written."""
    return all_commissions().filter(order_ref=order_ref).order_by("pk")


def commissions_of_partner(partner_ref: str) -> QuerySet[Commission]:
    """Return a partner's lines, newest first."""
    return all_commissions().filter(partner_ref=partner_ref)


def payable_commissions(before: datetime) -> QuerySet[Commission]:
    """Return the lines payable before an instant and not paid: earnings, reversals and clawbacks alike."""
    payable = Commission.objects.filter(state=CommissionState.PAYABLE, payable_at__lt=before)
    return payable.order_by("partner_ref", "currency", "pk")


def first_to_settle(at: datetime) -> datetime | None:
    """Return when the first line became payable that stands in no settlement; lines whose hold is over count too.

    The job that matures lines may not have run yet: what is due decides, not who was first.
    """
    payable = Commission.objects.filter(state=CommissionState.PAYABLE, settlement_line=None, payable_at__lt=at)
    maturing = Commission.objects.filter(state=CommissionState.CONFIRMED, matures_at__lt=at)
    found = [payable.aggregate(first=Min("payable_at"))["first"], maturing.aggregate(first=Min("matures_at"))["first"]]
    return min((first for first in found if first), default=None)


def totals_of_partner(partner_ref: str) -> dict[str, Totals]:
    """Return what a partner has at this brand, per currency."""
    sums = (
        Commission.objects.filter(partner_ref=partner_ref)
        .values_list("currency", "state").annotate(total=Sum("amount_minor")).order_by("currency")
    )  # fmt: skip
    known = {field.name for field in fields(Totals)}
    totals: dict[str, Totals] = {}
    for currency, state, total in sums:
        before = totals.get(currency, Totals())
        name = f"{state}_minor"
        totals[currency] = replace(before, **{name: total}) if name in known else before
    return totals


def earnings_of_attribution(attribution_ref: str) -> QuerySet[Commission]:
    """Return what a decision earned, in the order it was written."""
    return Commission.objects.filter(attribution_ref=attribution_ref, kind__in=ORIGINALS).order_by("pk")


def earnings_of_order(order_ref: str) -> QuerySet[Commission]:
    """Return what the shares of an order earned, in the order it was written."""
    return Commission.objects.filter(order_ref=order_ref, kind__in=ORIGINALS).order_by("pk")


def following_money(order_ref: str) -> QuerySet[Commission]:
    """Return the lines of an order that its refunds and disputes take back from: those on their own, not the lines
    that move with them."""
    kinds = [Kind.EARNING, Kind.LEVEL, Kind.ADJUSTMENT]
    return Commission.objects.filter(order_ref=order_ref, kind__in=kinds, moves_with=None, voided_by="").order_by("pk")


def frozen_parts(cause_ref: str) -> QuerySet[Commission]:
    """Return the parts that a claim of credit split off from earnings, whatever became of them."""
    parts = Commission.objects.filter(kind=Kind.ADJUSTMENT, cause_ref=cause_ref, derived_from__isnull=False)
    return parts.filter(amount_minor__gt=0).order_by("pk")


def earnings_are_written(order_ref: str) -> bool:
    """Return whether the order was decided and its shares accrued; a decision without shares needs no line."""
    attribution = attribution_of_order(order_ref)
    if attribution is None:
        return False
    return not attribution.shares.all() or earnings_of_order(order_ref).exists()


def reversed_minor(earning: Commission) -> int:
    """Return how much of an earning was taken back so far, as a positive amount."""
    return -int(earning.reversals.aggregate(total=Sum("amount_minor", default=0))["total"])


def facts_of_sale(order: "Order") -> Sale:
    """Return what commission rules look at of a paid order; share, site, campaign and progress come by partner."""
    if order.paid_at is None:
        raise ValueError(f"order {order.public_id} is not paid")
    zone = ZoneInfo(entered_brand().timezone)
    earlier = order.customer.orders.filter(
        Q(paid_at__lt=order.paid_at) | Q(paid_at=order.paid_at, number__lt=order.number)
    )
    first = earlier.order_by("paid_at", "number").values_list("paid_at", flat=True).first() or order.paid_at
    return Sale(
        at=order.paid_at.astimezone(zone), lines=lines_of_sale(order), charge_number=earlier.count() + 1,
        first_charge_at=first.astimezone(zone),
    )  # fmt: skip


def lines_of_sale(order: "Order") -> tuple[Line, ...]:
    """Return the order's frozen lines as commission rules read them."""
    return tuple(
        Line(
            id=line.ref, product=line.product_code, gross_minor=line.gross_minor, quantity=line.quantity,
            discount_minor=line.discount_minor, tax_minor=line.tax_minor, cost_minor=line.cost_minor,
        )
        for line in sale_of(order).lines
    )  # fmt: skip


def progress_of(contract: Contract, at: datetime, enrollment_id: int, *, apart_from: str = "") -> dict[str, Progress]:
    """Return what the rules with tiers or a cap have seen of this enrollment; the period is the month of `at`.

    Tiers count what was sold, refunds do not lower them; a cap is used by what was not taken back. The order
    `apart_from` is left out: when it is decided again, what it earned before must not count against it.
    """
    month, progress = month_of(at, entered_brand().timezone), {}
    for rule in contract.rules:
        if rule.limits.cap_minor is None and not any(isinstance(p, RevenueTiers | CountTiers) for p in rule.pay.parts):
            continue
        lines = Commission.objects.filter(
            enrollment_id=enrollment_id, rule=rule.id, currency=contract.currency
        ).exclude(Q(state=CommissionState.CANCELED) | Q(order_ref=apart_from))
        used = lines.aggregate(total=Sum("amount_minor", default=0))["total"]
        rows = list(
            lines.filter(kind=Kind.EARNING, voided_by="", accrued_at__gte=month.start, accrued_at__lt=month.end)
            .values_list("share").annotate(Sum("net_minor"), Count("pk"), Sum("amount_minor")).order_by("share")
        )  # fmt: skip
        progress[rule.id] = Progress(
            used_minor=max(0, used),
            revenue_minor=sum((Fraction(share) * net for share, net, _, _ in rows), Fraction(0)),
            count=sum(count for _, _, count, _ in rows),
            credited=sum((Fraction(share) * count for share, _, count, _ in rows), Fraction(0)),
            earned_minor=sum(earned for _, _, _, earned in rows),
        )
    return progress


def inputs_of(facts: Sale) -> dict[str, Any]:
    """Return the facts of a sale beside its lines as JSON, to be kept with the commission."""
    return {
        "at": facts.at.isoformat(), "charge_number": facts.charge_number, "site": facts.site,
        "first_charge_at": facts.first_charge_at.isoformat() if facts.first_charge_at else None,
        "zone": str(facts.at.tzinfo), "campaign": facts.campaign,
        "progress": {
            rule: {field.name: str(getattr(seen, field.name)) for field in fields(Progress)}
            for rule, seen in facts.progress.items()
        },
    }  # fmt: skip


def recomputed_minor(commission: Commission) -> int | None:
    """Compute an earning again from its pinned terms, the order's frozen lines and its stored inputs.

    None for a line that no contract paid. The result must be the line's amount, for ever.
    """
    version, order = commission.contract_version, order_by_ref(commission.order_ref)
    if version is None or order is None or commission.kind != Kind.EARNING:
        return None
    stored, zone = commission.inputs, ZoneInfo(commission.inputs["zone"])
    first = stored["first_charge_at"]
    facts = Sale(
        at=datetime.fromisoformat(stored["at"]).astimezone(zone), lines=lines_of_sale(order),
        charge_number=stored["charge_number"], site=stored["site"], campaign=stored["campaign"],
        first_charge_at=datetime.fromisoformat(first).astimezone(zone) if first else None,
        share=Fraction(commission.share),
        progress={
            rule: Progress(
                used_minor=int(seen["used_minor"]), revenue_minor=Fraction(seen["revenue_minor"]),
                count=int(seen["count"]), earned_minor=int(seen["earned_minor"]), credited=Fraction(seen["credited"]),
            )
            for rule, seen in stored["progress"].items()
        },
    )  # fmt: skip
    contract = parse_contract(Payload({"currency": version.currency, "rules": version.rules}, "contract"))
    lines = {line.line: line for line in commission_for(contract=contract, sale=facts).lines}
    return max(0, lines[commission.line_ref].amount_minor)


def pending_mismatches() -> Iterator[str]:
    """Yield each partner and currency whose pending account is not the sum of the lines before payable."""
    before_payable = [state for state in CommissionState if state.is_before_payable]
    rows = (
        Commission.objects.filter(state__in=before_payable)
        .values_list("partner_ref", "currency").annotate(total=Sum("amount_minor")).order_by()
    )  # fmt: skip
    lines = {(chart.partner_pending(partner).code, currency): total for partner, currency, total in rows}
    prefix = chart.partner_pending("").code
    books = {(row.code, row.currency): row.balance_minor for row in trial_balance() if row.code.startswith(prefix)}
    for key in sorted(lines.keys() | books.keys()):
        if lines.get(key, 0) != books.get(key, 0):
            yield f"{key[0]} {key[1]}: lines {lines.get(key, 0)}, ledger {books.get(key, 0)}"
