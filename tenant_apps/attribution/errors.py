from kernel.errors import DomainError, NotFound


class UnknownOrder(NotFound):
    """There is no such order in this brand."""

    code = "unknown_order"


class OrderNotPaid(DomainError):
    """Credit is given for money that came in; this order has none yet."""

    code, status = "order_not_paid", 409


class PolicyBackwards(DomainError):
    """A new version begins after the last one: what was decided by it stays decided by it."""

    code, status = "policy_backwards", 409


class DealTaken(DomainError):
    """Another registration protects the prospect, or this one's protection ran out."""

    code, status = "deal_taken", 409


class ReasonMissing(DomainError):
    """A decision about a partner's credit says why."""

    code, status = "reason_missing", 422
