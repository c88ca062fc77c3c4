from kernel.errors import DomainError


class CauseReused(DomainError):
    """The cause is booked already, with other content; nothing was written."""

    code, status = "cause_reused", 409


class InvalidPosting(DomainError):
    """The posting is not one: no transfer, an amount that is not positive, one account on both sides."""

    code, status = "invalid_posting", 422


class AccountKindDiffers(DomainError):
    """An account of this name exists with another kind; its balance would be read with the wrong sign."""

    code, status = "account_kind_differs", 409


class ClosedPeriod(DomainError):
    """The books are closed at this date; a fact that comes late is booked in the open period."""

    code, status = "closed_period", 409


class PeriodRuns(DomainError):
    """Books can only be closed up to an instant that is past."""

    code, status = "period_runs", 409


class ReversalExceedsOriginal(DomainError):
    """More would go back than the entry booked, less what went back before."""

    code, status = "reversal_exceeds_original", 409


class BooksBusy(DomainError):
    """Somebody has been booking for as long as was waited: nothing was sealed or closed."""

    code, status = "books_busy", 409
