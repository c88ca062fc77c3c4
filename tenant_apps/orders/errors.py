from kernel.errors import DomainError


class OfferNotForSale(DomainError):
    """The offer is not published, or has no price in this currency."""

    code, status = "offer_not_for_sale", 409


class OrderDiffers(DomainError):
    """The source sent the same external id before, for something else."""

    code, status = "order_differs", 409


class OrderAlreadyPaid(DomainError):
    """The order was paid before."""

    code, status = "order_already_paid", 409


class OrderNotPaid(DomainError):
    """Nothing was paid, so nothing can go back or be fulfilled."""

    code, status = "order_not_paid", 409


class CheckoutPending(DomainError):
    """The provider did not answer; what it did will be looked up. Trying again is safe."""

    code, status = "checkout_pending", 503


class CheckoutRefused(DomainError):
    """The provider will not collect this order."""

    code, status = "checkout_refused", 502


class RefundExceedsOrder(DomainError):
    """The provider refunded more than the order's lines hold."""

    code, status = "refund_exceeds_order", 409


class OrderPaidHere(DomainError):
    """A charge of ours paid the order, so its money goes back by that."""

    code, status = "order_paid_here", 409


class RefundDiffers(DomainError):
    """The other system told a refund with this id before, or the key was used, for something else."""

    code, status = "refund_differs", 409


class DisputeExceedsOrder(DomainError):
    """More is disputed than the order's lines hold after refunds and other disputes."""

    code, status = "dispute_exceeds_order", 409


class DisputeEndedOtherwise(DomainError):
    """The dispute was closed before, with the other outcome."""

    code, status = "dispute_ended_otherwise", 409
