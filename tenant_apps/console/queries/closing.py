from collections import Counter
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import get_language

from shared_apps.brands.clock import now
from tenant_apps.settlements.actions import Drafted, Rehearsal
from tenant_apps.settlements.documents import period_text
from tenant_apps.settlements.models import Period
from tenant_apps.settlements.queries import cadence_at, cadence_changes, closed_until, open_periods

SHOWN = 200


def periods_story() -> dict[str, Any]:
    """Return the periods that can be closed now, how the brand closes and since when."""
    at = now()
    return {
        "open_periods": open_periods(at), "cadence": cadence_at(closed_until() or at),
        "cadence_changes": list(cadence_changes()[:10]),
    }  # fmt: skip


def rehearsal_story(label: str, rehearsed: Rehearsal) -> dict[str, Any]:
    """Return what a close would draw up: sums per currency, the partners one by one, who could not be paid and why."""
    bounds = next((period for period in open_periods(now()) if period.label == label), None)
    return {
        "label": label, "named": period_text(bounds or label, language=get_language() or "en"),
        "sums": _sums(rehearsed.drafts), "drafts": rehearsed.drafts[:SHOWN],
        "more": max(0, len(rehearsed.drafts) - SHOWN),
        "blocked": [draft for draft in rehearsed.drafts if draft.is_blocked or draft.unpaid][:SHOWN],
        "held": rehearsed.held[:SHOWN],
    }  # fmt: skip


def _sums(drafts: list[Drafted]) -> list[dict[str, Any]]:
    found: dict[str, Counter[str]] = {}
    for draft in drafts:
        one = draft.settlement
        total = found.setdefault(one.currency, Counter())
        total.update(
            partners=1, lines=draft.lines, net=one.net_minor, payout=one.payout_minor, carried=one.closing_minor
        )
    return [{"currency": currency, **total} for currency, total in sorted(found.items())]


def progress_of(period: Period) -> list[dict[str, Any]]:
    """Return how far a closed period is: of its settlements how many are approved, have a statement, are paid out."""
    counted = period.settlements.aggregate(
        all=Count("pk"), approved=Count("pk", ~Q(state="draft")),
        issued=Count("pk", Q(state__in=["issued", "carried", "paid"])), owed=Count("pk", Q(payout_minor__gt=0)),
        paid=Count("pk", Q(payout_minor__gt=0, state="paid")),
    )  # fmt: skip
    steps = (("approved", "all"), ("issued", "all"), ("paid", "owed"))
    return [
        {
            "step": step, "done": counted[step], "of": counted[of],
            "percent": counted[step] * 100 // counted[of] if counted[of] else 100,
        }
        for step, of in steps
    ]  # fmt: skip
