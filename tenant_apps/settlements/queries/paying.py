"""Reads of what waits to be paid out."""

from django.db.models import Q

from tenant_apps.settlements.models import Settlement
from tenant_apps.settlements.states import PayoutState, SettlementState


def currencies_to_pay() -> list[str]:
    """Return the currencies in which money waits to be paid out, in order."""
    owed = Settlement.objects.filter(state=SettlementState.ISSUED, payout_minor__gt=0)
    free = owed.filter(Q(payout=None) | Q(payout__state=PayoutState.FAILED))
    return list(free.order_by("currency").values_list("currency", flat=True).distinct())
