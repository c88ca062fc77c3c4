from kernel.errors import DomainError, Forbidden


class TooManyRequests(DomainError):
    """One address asks more than a page full of people would; try again later."""

    code, status = "too_many_requests", 429
    default_message = "Too many requests. Try again in a minute."


class TooLarge(DomainError):
    """A body above one megabyte is no page's telling."""

    code, status = "too_large", 413
    default_message = "The body is larger than one megabyte."


class NotJson(DomainError):
    """Only JSON is read: anything else a form on any page could send without asking first."""

    code, status = "not_json", 415
    default_message = "Send application/json."


class SignInNeeded(DomainError):
    """Nobody is signed in, or the key is not one of this brand's."""

    code, status = "sign_in_needed", 401
    default_message = "Sign in, or send an API key of this brand."


class CsrfFailed(Forbidden):
    """A change by a signed-in browser must come from our own pages."""

    code = "csrf_failed"
    default_message = "Reload the page and try again."
