from enum import StrEnum

from kernel.lifecycle import Lifecycle


class CommissionState(StrEnum):
    """What a person sees: pending → confirmed → payable → paid; hold, canceled and refunded beside it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PAYABLE = "payable"
    PAID = "paid"
    HOLD = "hold"
    CANCELED = "canceled"
    REFUNDED = "refunded"

    @property
    def is_owed(self) -> bool:
        return self in (CommissionState.PENDING, CommissionState.CONFIRMED, CommissionState.PAYABLE)

    @property
    def is_before_payable(self) -> bool:
        """The money is in the partner's pending account: a refund reverses it instead of clawing it back."""
        return self in (CommissionState.PENDING, CommissionState.CONFIRMED, CommissionState.HOLD)

    @property
    def was_payable(self) -> bool:
        """The money left the pending account: a refund makes a clawback for the next statement."""
        return self in (CommissionState.PAYABLE, CommissionState.PAID)


COMMISSION = Lifecycle(
    "commission",
    {
        CommissionState.PENDING: {
            CommissionState.CONFIRMED, CommissionState.HOLD, CommissionState.CANCELED, CommissionState.REFUNDED,
        },
        CommissionState.CONFIRMED: {
            CommissionState.PAYABLE, CommissionState.HOLD, CommissionState.CANCELED, CommissionState.REFUNDED,
        },
        CommissionState.HOLD: {
            CommissionState.PENDING, CommissionState.CONFIRMED, CommissionState.CANCELED, CommissionState.REFUNDED,
        },
        CommissionState.PAYABLE: {CommissionState.PAID},
        CommissionState.PAID: set(),
        CommissionState.CANCELED: set(),
        CommissionState.REFUNDED: set(),
    },
)  # fmt: skip


class Kind(StrEnum):
    """`earning` is a share's pay; `reversal` takes back what was not payable yet; `clawback` what was."""

    EARNING = "earning"
    REVERSAL = "reversal"
    CLAWBACK = "clawback"
