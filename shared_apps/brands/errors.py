from kernel.errors import DomainError


class DomainTaken(DomainError):
    """Another brand already answers on this host."""

    code, status = "domain_taken", 409


class SchemaNotReady(DomainError):
    """The schema template is missing or older than the code: run `manage.py migrate`."""

    code, status = "schema_not_ready", 503


class LiveClock(DomainError):
    """A live brand's clock is the world's clock; only a test-mode brand can be set forward."""

    code, status = "live_clock", 409


class ClockBackwards(DomainError):
    """A test clock only moves forward: what happened has happened."""

    code, status = "clock_backwards", 409
