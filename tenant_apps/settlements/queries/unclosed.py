"""Whether something of periods that have ended waits for their close."""

from datetime import datetime

from tenant_apps.settlements.models import Adjustment
from tenant_apps.settlements.queries.settling import closed_until, unsettled
from tenant_apps.settlements.states import AdjustmentState


def has_unclosed_lines(before: datetime) -> bool:
    """Return whether lines of a month before the instant wait that was never closed.

    Lines that come late, for a month that is closed, wait for the next one to close, whichever that is.
    """
    until, waiting = closed_until(), unsettled(before)
    return (waiting.filter(payable_at__gte=until) if until else waiting).exists()


def has_unclosed_periods(before: datetime) -> bool:
    """Return whether a close of a period that ended by the instant would still settle something.

    A close takes up the balances and reserves that the one before it left, so one without lines counts, too. A brand
    that never closed any left none: only lines and adjustments wait there.
    """
    until = closed_until()
    if until is not None:
        return until < before
    adjusted = Adjustment.objects.filter(state=AdjustmentState.APPROVED, settlement=None, decided_at__lt=before)
    return unsettled(before).exists() or adjusted.exists()
