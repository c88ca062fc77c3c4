"""Freezing a settlement: everything its statement says, read once and never again."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils.translation import override

from kernel.currencies import exponent
from kernel.errors import InvalidInput
from kernel.money import Money
from shared_apps.brands.entering import entered_brand, public_entered
from shared_apps.brands.models import Theme
from shared_apps.brands.queries import brand_as_stored
from shared_apps.brands.rules import Theme as Tokens
from shared_apps.brands.rules import pdf_palette
from tenant_apps.orders.queries import SoldLine, sold_lines
from tenant_apps.settlements.calendar import brand_zone
from tenant_apps.settlements.documents.facts import Facts, settled_facts
from tenant_apps.settlements.documents.shape import (
    SCHEMA,
    AdjustmentPart,
    CorrectsPart,
    LinePart,
    Look,
    OriginalPart,
    PeriodPart,
    PreviousPart,
    Snapshot,
)
from tenant_apps.settlements.documents.wording import kind_name
from tenant_apps.settlements.models import Settlement, SettlementLine, Statement

_MEASURES = (("gross",), ("margin",), ("net", "net_of"))


def snapshot_of(
    settlement: Settlement, *, number: str, version: int, issued_at: datetime, facts: Facts | None = None,
    vat_minor: int | None = None, corrects: CorrectsPart | None = None,
) -> Snapshot:  # fmt: skip
    """Return the frozen statement of a settlement, in a fixed number of queries whatever its length.

    Reads the brand's look as it is now, and the parties too unless `facts` says them; dates are days in the
    brand's zone. `vat_minor` is what a corrected version says in place of the settlement's.
    """
    zone = ZoneInfo(brand_zone())
    facts = facts or settled_facts(settlement)
    vat_minor = settlement.vat_minor if vat_minor is None else vat_minor
    settled, sold, statements = _read(settlement)
    with override(entered_brand().language):
        lines = [_line(line, sold, statements, zone) for line in settled]
    return {
        "schema": SCHEMA,
        "document": "statement",
        "number": number,
        "version": version,
        "settlement_ref": settlement.public_id,
        "issued_at": issued_at.isoformat(),
        "issued_on": _day(issued_at, zone),
        "language": entered_brand().language,
        "currency": settlement.currency,
        "exponent": exponent(settlement.currency),
        "brand": facts["brand"],
        "partner": facts["partner"],
        "look": _look(),
        "period": _period(settlement, zone),
        "previous": _previous(settlement, zone),
        "corrects": corrects,
        "self_billing_on": facts["self_billing_on"],
        "opening_minor": settlement.opening_minor,
        "earned_minor": settlement.earned_minor,
        "clawback_minor": settlement.clawback_minor,
        "net_minor": settlement.net_minor,
        "adjustment_minor": settlement.adjustment_minor,
        "vat_minor": vat_minor,
        "vat_later_minor": vat_minor - settlement.vat_minor,
        "vat_rate": facts["vat_rate"],
        "vat_treatment": facts["vat_treatment"],
        "vat_place": facts["vat_place"],
        "vat_law": facts["vat_law"],
        "withholding_minor": settlement.withholding_minor,
        "withholding_rate": f"{settlement.withholding_rate.normalize():f}",
        "reserve_held_minor": settlement.reserve_held_minor,
        "reserve_released_minor": settlement.reserve_released_minor,
        "reserve_until": _day(settlement.reserve_until, zone) if settlement.reserve_until else "",
        "payout_minor": settlement.payout_minor,
        "closing_minor": settlement.closing_minor,
        "next_opening_minor": settlement.next_opening_minor,
        "minimum_payout_minor": settlement.minimum_payout_minor,
        "negative": settlement.negative,
        "adjustments": _adjustments(settlement, zone),
        "earnings": [line for line in lines if line["original"] is None],
        "clawbacks": [line for line in lines if line["original"] is not None],
    }


def _read(settlement: Settlement) -> tuple[list[SettlementLine], dict[str, SoldLine], dict[int, str]]:
    """Read the lines in the order they are printed, what was sold, and the statements of the originals."""
    lines = list(
        settlement.lines.select_related("commission__reverses").order_by("commission__accrued_at", "commission_id")
    )
    commissions = [line.commission for line in lines]
    originals = [commission.reverses for commission in commissions if commission.reverses is not None]
    sold = sold_lines(commission.line_ref for commission in [*commissions, *originals])
    settled = SettlementLine.objects.filter(commission__in=originals).exclude(settlement=settlement)
    numbers = settled.prefetch_related(
        Prefetch(
            "settlement__statements", queryset=Statement.objects.only("settlement_id", "number").order_by("-version")
        )
    ).select_related("settlement")
    statements = {
        line.commission_id: issued[0].number for line in numbers if (issued := list(line.settlement.statements.all()))
    }
    return lines, sold, statements


def _line(line: SettlementLine, sold: dict[str, SoldLine], statements: dict[int, str], zone: ZoneInfo) -> LinePart:
    commission = line.commission
    item = sold.get(commission.line_ref)
    steps = [{"code": step["code"], "facts": step["facts"]} for step in commission.explanation]
    return {
        "ref": commission.public_id,
        "kind": commission.kind,
        "on": _day(commission.accrued_at, zone),
        "order": _order(item, commission.order_ref),
        "order_ref": commission.order_ref,
        "title": _title(item, commission),
        "rule": commission.rule,
        "reason": commission.reason,
        "steps": steps,  # type: ignore[typeddict-item]
        "base_minor": _base(steps, commission),
        "rate": _rate(steps),
        "amount_minor": line.amount_minor,
        "original": _original(commission, sold, statements, zone),
    }


def _original(
    commission: Any, sold: dict[str, SoldLine], statements: dict[int, str], zone: ZoneInfo
) -> OriginalPart | None:
    original = commission.reverses
    if original is None:
        return None
    return {
        "ref": original.public_id,
        "on": _day(original.accrued_at, zone),
        "order": _order(sold.get(original.line_ref), original.order_ref),
        "amount_minor": original.amount_minor,
        "statement": statements.get(original.pk, ""),
    }


def _order(item: SoldLine | None, order_ref: str) -> str:
    return f"#{item.order_number}" if item else order_ref


def _title(item: SoldLine | None, commission: Any) -> str:
    """Return what was sold; of a line beside any sale why it was written, or what it is."""
    if item is None:
        told = commission.reverses or commission
        said = next((str(step["facts"]["said"]) for step in told.explanation if step["code"] == "by_hand"), "")
        return said or commission.line_ref or kind_name(told.kind)
    return item.title if item.quantity == 1 else f"{item.title} × {item.quantity}"


def _rate(steps: list[dict[str, Any]]) -> str:
    """Return the rate of a line that has just one; tiers and hybrids say theirs in their steps."""
    rates = [str(step["facts"]["rate"]) for step in steps if step["code"] == "rate"]
    return rates[0] if len(rates) == 1 else ""


def _base(steps: list[dict[str, Any]], commission: Any) -> int:
    """Return what the rate was taken of, as its step says: gross, margin or net."""
    for measure in _MEASURES:
        for step in steps:
            if step["code"] in measure:
                figure = step["facts"]["amount"].removesuffix(f" {commission.currency}")
                try:
                    return Money.parse_decimal(figure, commission.currency).minor
                except InvalidInput:
                    continue
    return int(commission.base_minor)


def _adjustments(settlement: Settlement, zone: ZoneInfo) -> list[AdjustmentPart]:
    return [
        {
            "ref": each.public_id,
            "kind": each.kind,
            "on": _day(each.decided_at or each.proposed_at, zone),
            "reason": f"{each.other_brand_name}: {each.reason}" if each.other_brand else each.reason,
            "amount_minor": each.amount_minor,
        }
        for each in settlement.adjustments.order_by("decided_at", "pk")
    ]


def _look() -> Look:
    brand = brand_as_stored()
    with public_entered():
        theme = Theme.objects.filter(brand=brand).first()
    tokens = Tokens(primary=theme.primary, font=theme.font) if theme else Tokens()
    colours = pdf_palette(tokens)
    return {
        "accent": colours["accent"], "accent_soft": colours["accent_soft"], "ink": colours["ink"],
        "muted": colours["muted"], "line": colours["line"], "negative": colours["negative"],
        "font": "serif" if tokens.font == "serif" else "sans",
        "mark": ((theme.logo_text if theme else "") or brand.name).strip()[:1].upper(),
    }  # fmt: skip


def _period(settlement: Settlement, zone: ZoneInfo) -> PeriodPart:
    period = settlement.period
    return {
        "label": period.label,
        "starts_at": period.starts_at.isoformat(),
        "ends_at": period.ends_at.isoformat(),
        "first_on": _day(period.starts_at, zone),
        "last_on": period.last_on(zone.key).isoformat(),
        "timezone": zone.key,
    }


def _previous(settlement: Settlement, zone: ZoneInfo) -> PreviousPart | None:
    """Return the statement this one opens with, if it left a balance."""
    if not settlement.opening_minor:
        return None
    before = Statement.objects.filter(
        settlement__partner_ref=settlement.partner_ref, settlement__currency=settlement.currency,
        settlement__lt=settlement.pk,
    )  # fmt: skip
    statement = before.select_related("settlement__period").order_by("-settlement_id", "-version").first()
    if statement is None:
        return None
    period = statement.settlement.period
    return {
        "number": statement.number,
        "label": period.label,
        "first_on": _day(period.starts_at, zone),
        "last_on": period.last_on(zone.key).isoformat(),
        "closing_minor": statement.settlement.closing_minor,
    }


def _day(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).date().isoformat()
