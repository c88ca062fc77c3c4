from enum import StrEnum

from kernel.lifecycle import Lifecycle


class IntentState(StrEnum):
    """`created` is recorded before the provider is asked; `unknown` is an answer that never came."""

    CREATED = "created"
    UNKNOWN = "unknown"
    OPEN = "open"
    SUCCEEDED = "succeeded"
    EXPIRED = "expired"
    REFUSED = "refused"

    @property
    def is_unsettled(self) -> bool:
        """Whether the provider's answer is still owed."""
        return self in (IntentState.CREATED, IntentState.UNKNOWN)


LIVE = [IntentState.CREATED, IntentState.UNKNOWN, IntentState.OPEN, IntentState.SUCCEEDED]
INTENT = Lifecycle(
    "payment intent",
    {
        IntentState.CREATED: {
            IntentState.OPEN, IntentState.UNKNOWN, IntentState.REFUSED, IntentState.SUCCEEDED, IntentState.EXPIRED,
        },
        IntentState.UNKNOWN: {IntentState.OPEN, IntentState.REFUSED, IntentState.SUCCEEDED, IntentState.EXPIRED},
        IntentState.OPEN: {IntentState.SUCCEEDED, IntentState.EXPIRED},
        IntentState.EXPIRED: {IntentState.SUCCEEDED},
        IntentState.REFUSED: set(),
        IntentState.SUCCEEDED: set(),
    },
)  # fmt: skip


class RefundState(StrEnum):
    REQUESTED = "requested"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_settled(self) -> bool:
        return self in (RefundState.SUCCEEDED, RefundState.FAILED)


REFUND = Lifecycle(
    "refund",
    {
        RefundState.REQUESTED: {RefundState.SUCCEEDED, RefundState.FAILED, RefundState.UNKNOWN},
        RefundState.UNKNOWN: {RefundState.SUCCEEDED, RefundState.FAILED},
        RefundState.SUCCEEDED: set(),
        RefundState.FAILED: set(),
    },
)


class TransferState(StrEnum):
    """Money to a partner's connected account: there at once when it succeeded, reversed when all of it came back."""

    REQUESTED = "requested"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"

    @property
    def is_settled(self) -> bool:
        return self not in (TransferState.REQUESTED, TransferState.UNKNOWN)


TRANSFER = Lifecycle(
    "transfer",
    {
        TransferState.REQUESTED: {TransferState.SUCCEEDED, TransferState.FAILED, TransferState.UNKNOWN},
        TransferState.UNKNOWN: {TransferState.SUCCEEDED, TransferState.FAILED},
        TransferState.SUCCEEDED: {TransferState.REVERSED},
        TransferState.FAILED: set(),
        TransferState.REVERSED: set(),
    },
)


class DisputeState(StrEnum):
    """`needs_response` until evidence is handed in; the customer's bank decides."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"

    @property
    def is_closed(self) -> bool:
        return self in (DisputeState.WON, DisputeState.LOST)


DISPUTE = Lifecycle(
    "payment dispute",
    {
        DisputeState.NEEDS_RESPONSE: {DisputeState.UNDER_REVIEW, DisputeState.WON, DisputeState.LOST},
        DisputeState.UNDER_REVIEW: {DisputeState.WON, DisputeState.LOST},
        DisputeState.WON: set(),
        DisputeState.LOST: set(),
    },
)


class InboundState(StrEnum):
    STORED = "stored"
    APPLIED = "applied"
    IGNORED = "ignored"
    PARKED = "parked"


INBOUND = Lifecycle(
    "inbound event",
    {
        InboundState.STORED: {InboundState.APPLIED, InboundState.IGNORED, InboundState.PARKED},
        InboundState.PARKED: {InboundState.APPLIED, InboundState.IGNORED},
        InboundState.APPLIED: set(),
        InboundState.IGNORED: set(),
    },
)
