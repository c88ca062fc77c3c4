from enum import StrEnum

from kernel.lifecycle import Lifecycle


class PeriodState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


PERIOD = Lifecycle("period", {PeriodState.OPEN: {PeriodState.CLOSED}, PeriodState.CLOSED: set()})


class SettlementState(StrEnum):
    """Issued with nothing to pay it is carried: its lines wait in the balance for a later settlement."""

    DRAFT = "draft"
    APPROVED = "approved"
    ISSUED = "issued"
    CARRIED = "carried"
    PAID = "paid"

    @property
    def is_issued(self) -> bool:
        return self in (SettlementState.ISSUED, SettlementState.CARRIED, SettlementState.PAID)


SETTLEMENT = Lifecycle(
    "settlement",
    {
        SettlementState.DRAFT: {SettlementState.APPROVED},
        SettlementState.APPROVED: {SettlementState.ISSUED},
        SettlementState.ISSUED: {SettlementState.CARRIED, SettlementState.PAID},
        SettlementState.CARRIED: {SettlementState.PAID},
        SettlementState.PAID: set(),
    },
)


class PayoutState(StrEnum):
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"


PAYOUT = Lifecycle(
    "payout",
    {
        PayoutState.IN_TRANSIT: {PayoutState.PAID, PayoutState.FAILED},
        PayoutState.FAILED: {PayoutState.IN_TRANSIT},
        PayoutState.PAID: set(),
    },
)
