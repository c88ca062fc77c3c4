from kernel.errors import DomainError


class StaleState(DomainError):
    """Someone else changed the state in the meantime; nothing was done."""

    code, status = "stale_state", 409


class NotSealed(DomainError):
    """The row stands in no seal yet, so there is nothing to prove it by."""

    code, status = "not_sealed", 409
