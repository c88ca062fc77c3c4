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
        SettlementState.PAID: {SettlementState.ISSUED},  # the money came back
    },
)


class PayoutState(StrEnum):
    """Planned in a batch that was not sent; a returned one failed after it had arrived."""

    PLANNED = "planned"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"

    @property
    def is_owed(self) -> bool:
        """Whether the money is still with the brand."""
        return self in (PayoutState.PLANNED, PayoutState.FAILED)


PAYOUT = Lifecycle(
    "payout",
    {
        PayoutState.PLANNED: {PayoutState.IN_TRANSIT, PayoutState.FAILED},
        PayoutState.IN_TRANSIT: {PayoutState.PAID, PayoutState.FAILED},
        PayoutState.FAILED: {PayoutState.PLANNED, PayoutState.IN_TRANSIT},
        PayoutState.PAID: {PayoutState.FAILED},
    },
)


class BatchMethod(StrEnum):
    """How a batch is paid: a SEPA file, a plain file, transfers at Stripe, or by hand."""

    SEPA = "sepa"
    CSV = "csv"
    STRIPE = "stripe"
    MANUAL = "manual"

    @property
    def has_file(self) -> bool:
        return self in (BatchMethod.SEPA, BatchMethod.CSV)


class BatchState(StrEnum):
    """Made by one person, approved by another; settled when all arrived, partly failed when some came back."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENT = "sent"
    SETTLED = "settled"
    PARTLY_FAILED = "partly_failed"
    WITHDRAWN = "withdrawn"


BATCH = Lifecycle(
    "batch",
    {
        BatchState.DRAFT: {BatchState.APPROVED, BatchState.WITHDRAWN},
        BatchState.APPROVED: {BatchState.SENT, BatchState.WITHDRAWN},
        BatchState.SENT: {BatchState.SETTLED, BatchState.PARTLY_FAILED},
        BatchState.SETTLED: {BatchState.PARTLY_FAILED},
        BatchState.PARTLY_FAILED: set(),
        BatchState.WITHDRAWN: set(),
    },
)


class CorrectionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"


CORRECTION = Lifecycle(
    "correction",
    {
        CorrectionState.PROPOSED: {CorrectionState.APPROVED, CorrectionState.DECLINED},
        CorrectionState.APPROVED: set(),
        CorrectionState.DECLINED: set(),
    },
)


class AdjustmentState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"


ADJUSTMENT = Lifecycle(
    "adjustment",
    {
        AdjustmentState.PROPOSED: {AdjustmentState.APPROVED, AdjustmentState.DECLINED},
        AdjustmentState.APPROVED: set(),
        AdjustmentState.DECLINED: set(),
    },
)


class VatTreatment(StrEnum):
    """Why there is VAT on a commission, or none."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_SCOPE = "outside_scope"
    SMALL_BUSINESS = "small_business"
    PRIVATE = "private"
    STATUS_UNKNOWN = "status_unknown"
    BRAND_UNKNOWN = "brand_unknown"
    VAT_ID_MISSING = "vat_id_missing"
    RATE_UNKNOWN = "rate_unknown"
