from kernel.errors import DomainError


class StaleState(DomainError):
    """Someone else changed the state in the meantime; nothing was done."""

    code, status = "stale_state", 409
