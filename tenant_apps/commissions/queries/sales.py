"""The facts of a sale that commission rules look at, as they are now and as a line keeps them."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from kernel.payload import Payload
from shared_apps.brands.entering import entered_brand
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.rules import Contract, Exchange, Line, Own, Progress, Sale, parse_contract
from tenant_apps.orders.queries import Sale as SoldOrder
from tenant_apps.orders.queries import sale_of

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import ContractVersion


def contract_of(version: "ContractVersion") -> Contract:
    """Return the terms of a version as the rules read them."""
    return parse_contract(Payload(version.contract, "contract"))


def facts_of_sale(order: "Order") -> Sale:
    """Return what commission rules look at of a paid order; share, touch and progress come by partner."""
    if order.paid_at is None:
        raise ValueError(f"order {order.public_id} is not paid")
    zone = ZoneInfo(entered_brand().timezone)
    earlier = order.customer.orders.filter(
        Q(paid_at__lt=order.paid_at) | Q(paid_at=order.paid_at, number__lt=order.number)
    )
    first = earlier.order_by("paid_at", "number").values_list("paid_at", flat=True).first() or order.paid_at
    return Sale(
        at=order.paid_at.astimezone(zone), lines=lines_of_sale(order), charge_number=earlier.count() + 1,
        first_charge_at=first.astimezone(zone), country=order.country or None, metadata=order.metadata,
    )  # fmt: skip


def lines_of_sale(order: "Order") -> tuple[Line, ...]:
    """Return the order's frozen lines as commission rules read them."""
    return lines_as_sold(sale_of(order))


def lines_as_sold(sale: SoldOrder) -> tuple[Line, ...]:
    """Return the lines of an order's frozen picture as commission rules read them."""
    return tuple(
        Line(
            id=line.ref, product=line.product_code, gross_minor=line.gross_minor, quantity=line.quantity,
            discount_minor=line.discount_minor, tax_minor=line.tax_minor, cost_minor=line.cost_minor,
        )
        for line in sale.lines
    )  # fmt: skip


def inputs_of(facts: Sale) -> dict[str, Any]:
    """Return the facts of a sale beside its lines as JSON, to be kept with the commission."""
    return {
        "at": facts.at.isoformat(), "charge_number": facts.charge_number, "site": facts.site,
        "first_charge_at": facts.first_charge_at.isoformat() if facts.first_charge_at else None,
        "zone": str(facts.at.tzinfo), "campaign": facts.campaign, "placement": facts.placement,
        "partner": facts.partner, "country": facts.country, "metadata": dict(facts.metadata),
        "progress": {rule: _progress_as_dict(seen) for rule, seen in facts.progress.items()},
    } | ({} if facts.only is None else {"only": sorted(facts.only)})  # fmt: skip


def stored_facts(commission: Commission, lines: tuple[Line, ...]) -> Sale:
    """Return the facts of a sale as an earning keeps them, with the order's frozen lines at the frozen rate."""
    stored, zone = commission.inputs, ZoneInfo(commission.inputs["zone"])
    if exchange := stored_exchange(commission):
        lines = tuple(exchange.line(line) for line in lines)
    first = stored["first_charge_at"]
    return Sale(
        at=datetime.fromisoformat(stored["at"]).astimezone(zone), lines=lines,
        charge_number=stored["charge_number"], site=stored["site"], campaign=stored["campaign"],
        placement=stored["placement"], partner=stored["partner"], country=stored["country"],
        metadata=stored["metadata"], share=Fraction(commission.share),
        first_charge_at=datetime.fromisoformat(first).astimezone(zone) if first else None,
        progress={rule: _progress_from(seen) for rule, seen in stored["progress"].items()},
        only=frozenset(stored["only"]) if "only" in stored else None,
    )  # fmt: skip


def stored_exchange(commission: Commission) -> Exchange | None:
    """Return the rate that a line was paid at; None where nothing was converted."""
    stored = commission.inputs.get("exchange")
    if stored is None:
        return None
    told = {"rate": Decimal(stored["rate"]), "day": date.fromisoformat(stored["day"])}
    return Exchange(**(stored | told))


def exchange_as_dict(exchange: Exchange) -> dict[str, str]:
    """Return a rate as JSON, to be kept with the commission."""
    return {
        "base": exchange.base, "quote": exchange.quote, "rate": f"{exchange.rate.normalize():f}",
        "day": exchange.day.isoformat(), "source": exchange.source,
    }  # fmt: skip


def own_from(stored: dict[str, str]) -> Own:
    """Return what a version had of a period, as it was kept."""
    return Own(**{field.name: Fraction(stored[field.name]) for field in fields(Own)})


def own_as_dict(own: Own) -> dict[str, str]:
    """Return what a version has of a period as JSON, exact."""
    return {field.name: str(getattr(own, field.name)) for field in fields(Own)}


def _progress_as_dict(seen: Progress) -> dict[str, Any]:
    return {
        "used_minor": seen.used_minor, "revenue_minor": str(seen.revenue_minor), "count": seen.count,
        "earned_minor": seen.earned_minor, "credited": None if seen.credited is None else str(seen.credited),
        "cap_used": list(seen.cap_used), "own": own_as_dict(seen.own) if seen.own else None,
        "has_paid": seen.has_paid,
    }  # fmt: skip


def _progress_from(stored: dict[str, Any]) -> Progress:
    return Progress(
        used_minor=stored["used_minor"], revenue_minor=Fraction(stored["revenue_minor"]), count=stored["count"],
        earned_minor=stored["earned_minor"], cap_used=tuple(stored["cap_used"]),
        credited=None if stored["credited"] is None else Fraction(stored["credited"]),
        own=own_from(stored["own"]) if stored["own"] else None, has_paid=stored.get("has_paid", False),
    )  # fmt: skip
