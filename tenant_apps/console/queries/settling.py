from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenant_apps.commissions.models import Commission
from tenant_apps.console.queries.closing import progress_of
from tenant_apps.console.reasons import vat_text
from tenant_apps.orders.models import Order
from tenant_apps.settlements.documents import period_text
from tenant_apps.settlements.models import Period, Settlement

ON_A_PAGE: Final = 50


def period_story(period: Period, *, page: str | None) -> dict[str, Any]:
    """Return a period with its settlements, how far they are and what they come to per currency."""
    drawn = period.settlements.order_by("partner_name", "currency")
    sums = drawn.values("currency").annotate(
        net=Sum("net_minor"), to_pay=Sum("payout_minor"), carried=Sum("closing_minor"), partners=Count("pk")
    )
    progress = progress_of(period)
    return {
        "period": period, "named": period_text(period, language=get_language() or "en"),
        "page": Paginator(drawn, ON_A_PAGE).get_page(page), "progress": progress,
        "has_drafts": progress[0]["done"] < progress[0]["of"], "sums": sums.order_by("currency"),
    }  # fmt: skip


def settlement_story(settlement: Settlement, *, page: str | None) -> dict[str, Any]:
    """Return a settlement with its lines, statement, payout and what may happen next."""
    drawn = settlement.lines.select_related("commission__enrollment", "commission__reverses").order_by("pk")
    lines = Paginator(drawn, ON_A_PAGE).get_page(page)
    return {
        "settlement": settlement,
        "moved": _moved(settlement),
        "vat_text": vat_text(settlement.vat_treatment),
        "lines": lines,
        "statements": settlement.statements.defer("snapshot").order_by("-version"),
        "payout": getattr(settlement, "payout", None),
        "order_numbers": _numbers_of([line.commission for line in lines]),
    }


def _moved(settlement: Settlement) -> list[tuple[str, int]]:
    """Return what moves the balance beside lines and payout, where it does."""
    steps = [
        (_("adjustments"), settlement.adjustment_minor),
        (_("VAT"), settlement.vat_minor),
        (_("tax withheld"), settlement.withholding_minor),
        (_("into the reserve"), -settlement.reserve_held_minor),
        (_("from the reserve"), settlement.reserve_released_minor),
    ]
    return [step for step in steps if step[1]]


def _numbers_of(commissions: list[Commission]) -> dict[str, int]:
    refs = {commission.order_ref for commission in commissions}
    return dict(Order.objects.filter(public_id__in=refs).values_list("public_id", "number"))
