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


class CodeTaken(DomainError):
    """Another link of this brand already has the code."""

    code, status = "code_taken", 409
