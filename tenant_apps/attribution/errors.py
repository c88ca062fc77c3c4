from kernel.errors import DomainError, NotFound


class UnknownOrder(NotFound):
    """There is no such order in this brand."""

    code = "unknown_order"


class OrderNotPaid(DomainError):
    """Credit is given for money that came in; this order has none yet."""

    code, status = "order_not_paid", 409
