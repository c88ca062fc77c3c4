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
        # Payable at once: a disputed part whose earning was payable or became so.
        CommissionState.HOLD: {
            CommissionState.PENDING, CommissionState.CONFIRMED, CommissionState.CANCELED, CommissionState.REFUNDED,
            CommissionState.PAYABLE,
        },
        CommissionState.PAYABLE: {CommissionState.PAID},
        CommissionState.PAID: set(),
        CommissionState.CANCELED: set(),
        # The money came back: a dispute was won, a refund failed.
        CommissionState.REFUNDED: {CommissionState.PENDING, CommissionState.CONFIRMED, CommissionState.HOLD},
    },
)  # fmt: skip


class Kind(StrEnum):
    """What a line is. Originals stand on their own; the others point at the line they take back or restore.

    `earning` is a share's pay; `level` is derived from another partner's earning or true-up, of a true-up either
    way; `bonus` is a period's;
    `true_up` corrects a period's tiers, either way; `manual` is what a person decided beside the rules, either
    way; `adjustment` splits a disputed part off an earning.
    `reversal` takes back what was not payable yet, `clawback` what was; `reinstatement` turns one of them round.
    """

    EARNING = "earning"
    LEVEL = "level"
    BONUS = "bonus"
    TRUE_UP = "true_up"
    MANUAL = "manual"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"
    CLAWBACK = "clawback"
    REINSTATEMENT = "reinstatement"

    @property
    def is_original(self) -> bool:
        return self not in (Kind.REVERSAL, Kind.CLAWBACK, Kind.REINSTATEMENT)


ORIGINALS = tuple(kind for kind in Kind if kind.is_original)
SOLD = (Kind.EARNING, Kind.LEVEL)
"""Originals that stand for a line of an order: money that goes back for it takes them back in proportion."""
RULED = (Kind.EARNING, Kind.LEVEL, Kind.TRUE_UP)
"""Originals that terms pay for sales: caps count them."""


class Reason(StrEnum):
    """Why a line pays less, nothing, or back. The console, the portal and statements have a sentence for each."""

    NO_RULE = "no_rule"
    NO_CONTRACT = "no_contract"
    NO_RATE = "no_rate"
    WINDOW_OVER = "window_over"
    UNKNOWN_FACT = "unknown_fact"
    CAP = "cap"
    REFUND = "refund"
    DISPUTE = "dispute"
    MONEY_BACK = "money_back"
    KEPT_BY_TERMS = "kept_by_terms"
    REATTRIBUTED = "reattributed"
    SOURCE_CANCELED = "source_canceled"
    DISPUTED = "disputed"
    WRITTEN_OFF = "written_off"
    MANUAL = "manual"


WITHOUT_PRICE = (Reason.NO_RULE, Reason.NO_CONTRACT, Reason.NO_RATE, Reason.UNKNOWN_FACT)
"""Why a line of a sale is held at zero: when what was missing is there, it can be priced again."""


class HoldReason(StrEnum):
    """Why a line waits for a person."""

    MANUAL = "manual"
    DUPLICATE = "duplicate"
    FRAUD = "fraud"
    DISPUTED = "disputed"
