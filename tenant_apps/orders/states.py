from enum import StrEnum

from kernel.lifecycle import Lifecycle


class MoneyState(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"

    @property
    def is_paid(self) -> bool:
        return self in (MoneyState.PAID, MoneyState.PARTLY_REFUNDED)


class FulfilmentState(StrEnum):
    OPEN = "open"
    FULFILLED = "fulfilled"
    CANCELED = "canceled"


class DisputeStep(StrEnum):
    """What a dispute does to an order's lines: it holds an amount, then gives it back or keeps it."""

    OPENED = "opened"
    WON = "won"
    LOST = "lost"


MONEY = Lifecycle(
    "order money",
    {
        MoneyState.UNPAID: {MoneyState.PAID},
        MoneyState.PAID: {MoneyState.PARTLY_REFUNDED, MoneyState.REFUNDED},
        MoneyState.PARTLY_REFUNDED: {MoneyState.PARTLY_REFUNDED, MoneyState.REFUNDED},
        MoneyState.REFUNDED: set(),
    },
)
FULFILMENT = Lifecycle(
    "order fulfilment",
    {
        FulfilmentState.OPEN: {FulfilmentState.FULFILLED, FulfilmentState.CANCELED},
        FulfilmentState.FULFILLED: set(),
        FulfilmentState.CANCELED: set(),
    },
)
