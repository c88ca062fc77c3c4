from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from fractions import Fraction

from django.db.models import Count, F, Min, QuerySet, Sum

from tenant_apps.attribution.queries import attribution_of_order
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import (
    ORIGINALS,
    SOLD,
    WITHOUT_PRICE,
    CommissionState,
    HoldReason,
    Kind,
    Reason,
)
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import trial_balance


@dataclass(frozen=True, slots=True)
class Totals:
    """What a partner has in one currency, by the state people see; held money is not counted as pending."""

    pending_minor: int = 0
    confirmed_minor: int = 0
    payable_minor: int = 0
    paid_minor: int = 0
    hold_minor: int = 0


@dataclass(frozen=True, slots=True)
class HeldLines:
    """What of a partner's waits for a person in one currency, and for which reason."""

    partner_ref: str
    partner_name: str
    currency: str
    reason: str
    lines: int
    amount_minor: int


def held_lines(before: datetime) -> list[HeldLines]:
    """Return what was earned before an instant and is on hold, by partner, currency and reason; one query."""
    held = Commission.objects.filter(state=CommissionState.HOLD, accrued_at__lt=before)
    rows = (
        held.annotate(name=F("enrollment__partner_name"))
        .values_list("partner_ref", "name", "currency", "held_for", "reason")
        .annotate(lines=Count("pk"), total=Sum("amount_minor"))
        .order_by("name", "partner_ref", "currency", "held_for", "reason")
    )
    return [
        HeldLines(partner, name, currency, held_for or reason, lines, total)
        for partner, name, currency, held_for, reason, lines, total in rows
    ]


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
    """Return what the shares of an order and their levels earned, in the order it was written.

    A refund takes these back in proportion; true-ups and bonuses follow their period instead.
    """
    return Commission.objects.filter(order_ref=order_ref, kind__in=SOLD).order_by("pk")


def waiting_for_price(order_ref: str = "") -> QuerySet[Commission]:
    """Return the lines held at zero for want of a rule, a contract, an exchange rate or a fact, as they are priced.

    Partner by partner, the older deal of one first, each deal's sales in their order.
    """
    held = Commission.objects.filter(
        kind=Kind.EARNING, state=CommissionState.HOLD, reason__in=WITHOUT_PRICE, amount_minor=0, moves_with=None,
        voided_by="",
    )  # fmt: skip
    held = held.filter(order_ref=order_ref) if order_ref else held
    return held.select_related("enrollment", "contract_version").order_by(
        "partner_ref", "enrollment_id", "accrued_at", "pk"
    )


def waits_for_price(line: Commission) -> bool:
    """Return whether a line is held at zero for want of a price."""
    return waiting_for_price(line.order_ref).filter(pk=line.pk).exists()


def priced_in_place_of(held: Commission) -> Commission | None:
    """Return the line that a held one was priced by later; None while it waits."""
    return all_commissions().filter(kind=Kind.EARNING, cause_ref=held.public_id).first()


def lines_written_after(key: int, order_refs: Iterable[str]) -> list[Commission]:
    """Return what was written for orders after the line of a primary key, with the deals, in that order."""
    written = Commission.objects.filter(pk__gt=key, order_ref__in=list(order_refs))
    return list(written.select_related("enrollment").order_by("pk"))


def rules_paid_of_order(order_ref: str, enrollment_id: int) -> set[str]:
    """Return the rules that paid a deal for lines of an order."""
    lines = Commission.objects.filter(order_ref=order_ref, enrollment_id=enrollment_id, kind=Kind.EARNING, voided_by="")
    paid = lines.exclude(rule="").exclude(reason__in=[*WITHOUT_PRICE, Reason.WINDOW_OVER])
    return set(paid.values_list("rule", flat=True))


def open_claims(order_ref: str) -> list[tuple[int, str, Fraction]]:
    """Return the claims of credit that hold parts of an order's earnings: deal, claim, disputed part.

    Those of lines that a later decision took back, too: who gets the sale again gets it with the claim on it.
    """
    parts = Commission.objects.filter(
        order_ref=order_ref, kind=Kind.ADJUSTMENT, held_for=HoldReason.DISPUTED, amount_minor__gt=0
    )
    return sorted({(part.enrollment_id, part.cause_ref, Fraction(part.inputs["fraction"])) for part in parts})


def following_money(order_ref: str) -> QuerySet[Commission]:
    """Return the lines of an order that its refunds and disputes take back from.

    Those on their own, not the lines that move with them; and not what belongs to no line of the order:
    true-ups and bonuses follow their period, and what a person wrote beside the order stays.
    """
    kinds = [Kind.EARNING, Kind.LEVEL, Kind.ADJUSTMENT, Kind.MANUAL]
    lines = Commission.objects.filter(order_ref=order_ref, kind__in=kinds, moves_with=None, voided_by="")
    return lines.exclude(line_ref="").order_by("pk")


def frozen_parts(cause_ref: str) -> QuerySet[Commission]:
    """Return the parts that a claim of credit split off from earnings, whatever became of them."""
    parts = Commission.objects.filter(kind=Kind.ADJUSTMENT, cause_ref=cause_ref, derived_from__isnull=False)
    return parts.filter(amount_minor__gt=0).order_by("pk")


def sold_lines_of_order(order_ref: str) -> QuerySet[Commission]:
    """Return an order's earnings with what their periods are computed from."""
    lines = Commission.objects.filter(order_ref=order_ref, kind=Kind.EARNING)
    return lines.select_related("enrollment", "contract_version").order_by("pk")


def earnings_are_written(order_ref: str) -> bool:
    """Return whether the order was decided and its shares accrued; a decision without shares needs no line."""
    attribution = attribution_of_order(order_ref)
    if attribution is None:
        return False
    return not attribution.shares.all() or earnings_of_order(order_ref).exists()


def reversed_minor(earning: Commission) -> int:
    """Return how much of an earning was taken back so far, as a positive amount."""
    return -int(earning.reversals.aggregate(total=Sum("amount_minor", default=0))["total"])


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
