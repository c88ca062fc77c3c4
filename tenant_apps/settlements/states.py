from enum import StrEnum

from kernel.lifecycle import Lifecycle


class PeriodState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


PERIOD = Lifecycle("period", {PeriodState.OPEN: {PeriodState.CLOSED}, PeriodState.CLOSED: set()})


class SettlementState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    ISSUED = "issued"
    PAID = "paid"


SETTLEMENT = Lifecycle(
    "settlement",
    {
        SettlementState.DRAFT: {SettlementState.APPROVED},
        SettlementState.APPROVED: {SettlementState.ISSUED},
        SettlementState.ISSUED: {SettlementState.PAID},
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
