from kernel.errors import DomainError, NotFound


class UnknownAttribution(NotFound):
    """There is no such decision in this brand."""

    code = "unknown_attribution"


class UnknownOrder(NotFound):
    """There is no such order in this brand."""

    code = "unknown_order"


class OrderNotAttributed(DomainError):
    """The order's commissions are not written yet; the same call works later."""

    code, status = "order_not_attributed", 409


class NotAnEarning(DomainError):
    """Reversals and clawbacks move with their original; they are never decided on their own."""

    code, status = "not_an_earning", 409


class ReasonMissing(DomainError):
    """Holding, releasing and canceling need a reason that the partner may read."""

    code, status = "reason_missing", 422


class NotAFraction(DomainError):
    """A disputed part is a fraction of a share: more than 0, at most 1."""

    code, status = "not_a_fraction", 422


class ManualLineDiffers(DomainError):
    """The same key was used for a manual line with other content; nothing is written twice or changed."""

    code, status = "manual_line_differs", 409


class NotWaitingForPrice(DomainError):
    """Only a line held for want of a rule, a contract, an exchange rate or a fact is priced again."""

    code, status = "not_waiting_for_price", 409


class StillWithoutPrice(DomainError):
    """What the line was held for is still missing at the time of its sale."""

    code, status = "still_without_price", 409


class SecondPersonNeeded(DomainError):
    """Who recorded terms after a sale does not decide to pay it by them."""

    code, status = "second_person_needed", 409


class SelectionChanged(DomainError):
    """What a selection holds is not what was previewed any more; look at it again."""

    code, status = "selection_changed", 409


class SelectionTooLarge(DomainError):
    """A selection is confirmed in one piece, so it must not be too many; narrow it."""

    code, status = "selection_too_large", 422


class HeldByDispute(DomainError):
    """The line is held for a claim of credit; the decision on the claim lets it go or takes it."""

    code, status = "held_by_dispute", 409
