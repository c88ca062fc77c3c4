from kernel.errors import DomainError, Forbidden


class HandOffRefused(Forbidden):
    """The pass is unknown, used, too old or for another brand; which of them is nobody's business."""

    code = "hand_off_refused"
    default_message = "This link has expired or was already used. Please sign in again."


class NotAtThisBrand(DomainError):
    """The partner does not work with the brand, or the user does not act for the partner."""

    code, status = "not_found", 404
    default_message = "Not found."


class UnknownPartner(DomainError):
    """No partner has this reference."""

    code, status = "unknown_partner", 404


class ReauthenticationNeeded(Forbidden):
    """Bank details change only right after signing in: a session left open is not enough."""

    code = "reauthentication_needed"
    default_message = "Please confirm your password again; then the change is taken."


class NettingNotAllowed(DomainError):
    """A partner can agree only to what the brand allows."""

    code, status = "netting_not_allowed", 409
    default_message = "This brand does not allow debts to be set off."
