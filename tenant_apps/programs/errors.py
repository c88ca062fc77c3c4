from kernel.errors import DomainError


class AlreadyEnrolled(DomainError):
    """A partner has one enrollment per program and role."""

    code, status = "already_enrolled", 409


class EnrollmentNotActive(DomainError):
    """A paused or ended enrollment gets no new links and no new terms."""

    code, status = "enrollment_not_active", 409


class ContractBackwards(DomainError):
    """A new version begins after the one in effect: what was agreed for the past stays agreed."""

    code, status = "contract_backwards", 409


class ContractFixed(DomainError):
    """Terms change while they are a draft; what was proposed is withdrawn and drafted anew."""

    code, status = "contract_fixed", 409


class AlreadyProposed(DomainError):
    """A partner has one proposal per currency to answer at a time."""

    code, status = "already_proposed", 409


class ReadingOutdated(DomainError):
    """The terms in effect changed since the partner read what differs from them; it is read again first."""

    code, status = "reading_outdated", 409


class NotSigned(DomainError):
    """The partner accepts by typing its name, and declines with a reason."""

    code, status = "not_signed", 422


class RecruiterLoop(DomainError):
    """Nobody earns levels on its own sales, by another role or through others."""

    code, status = "recruiter_loop", 409


class CodeTaken(DomainError):
    """Another link of this brand already has the code."""

    code, status = "code_taken", 409
