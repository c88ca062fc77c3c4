"""What later returns need to know of a simulated line, as JSON with its row."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tenant_apps.commissions.rules import Original, Seller
from tenant_apps.commissions.states import Kind
from tenant_apps.reports.models import SimulatedLine
from tenant_apps.reports.queries.replaying import OrderRead

if TYPE_CHECKING:
    from tenant_apps.commissions.models import Commission


def original_as_dict(original: Original) -> dict[str, Any]:
    """Return what is kept beside the columns of the row."""
    return {
        "partner": original.seller.partner, "rule": original.rule, "version": original.version,
        "share": str(original.share), "net": original.net_minor, "base": original.base_minor,
        "amount": original.amount_minor, "zone": str(original.sold_at.tzinfo), "beside": str(original.beside),
        "back": str(original.back), "taken": original.taken_minor,
    }  # fmt: skip


def original_from(row: SimulatedLine) -> Original:
    """Return the line of a row, as it stood after the last step."""
    kept = row.carried or {}
    seller = Seller(row.enrollment_id, kept["partner"], row.currency, row.customer_key or 0, row.order_ref)
    return Original(
        seller=seller, line=row.line_ref, rule=kept["rule"], version=kept["version"], share=Fraction(kept["share"]),
        net_minor=kept["net"], base_minor=kept["base"], amount_minor=kept["amount"],
        sold_at=row.sold_at.astimezone(ZoneInfo(kept["zone"])), level=row.level, beside=Fraction(kept["beside"]),
        back=Fraction(kept["back"]), taken_minor=kept["taken"],
    )  # fmt: skip


def as_booked(order: OrderRead, row: "Commission", seller: Seller, zone: ZoneInfo) -> Original:
    """Return a line as it was really written."""
    return Original(
        seller=seller, line=row.line_ref, rule=row.rule, version=row.contract_version_id or 0,
        share=Fraction(row.share), net_minor=row.net_minor, base_minor=order.paid_for(row.line_ref),
        amount_minor=row.amount_minor, sold_at=row.accrued_at.astimezone(zone),
        level=row.inputs["level"] if row.kind == Kind.LEVEL else 0, beside=Fraction(row.inputs.get("beside", 0)),
    )  # fmt: skip
