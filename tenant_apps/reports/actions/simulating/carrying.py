"""What later returns need to know of a simulated line, as JSON with its row."""

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tenant_apps.commissions.rules import Original, Seller
from tenant_apps.reports.models import SimulatedLine


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
