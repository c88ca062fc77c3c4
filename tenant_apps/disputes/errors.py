from kernel.errors import DomainError


class DisputeOpen(DomainError):
    """This claimant's claim on this order is still open; one at a time."""

    code, status = "dispute_open", 409


class TooManyWaiting(DomainError):
    """As many claims of a partner wait for an operator as may; the next can come when one is looked at."""

    code, status = "too_many_claims_waiting", 409


class DisputeClosed(DomainError):
    """The claim has ended; what was decided stands."""

    code, status = "dispute_closed", 409


class NotYetHeard(DomainError):
    """The counterparties are not told yet; the same call works in a moment."""

    code, status = "not_yet_heard", 409


class DeciderIsParty(DomainError):
    """Whoever brought a claim forward cannot decide it."""

    code, status = "decider_is_party", 409


class CreditMoved(DomainError):
    """The order was decided anew meanwhile, and what is to be granted no longer fits; look at the preview again."""

    code, status = "credit_moved", 409
