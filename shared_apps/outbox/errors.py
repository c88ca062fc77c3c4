from kernel.errors import DomainError


class NoTransaction(DomainError):
    """An event is published in the transaction of the fact it tells, or not at all."""

    code, status = "no_transaction", 500


class RetryLater(DomainError):
    """The precondition of a handler is not met yet; the delivery waits without counting as failed."""

    code, status = "retry_later", 503
