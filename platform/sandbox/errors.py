"""Stripe's error shape: what a caller gets instead of an object."""

from __future__ import annotations

from typing import Any

DOCS = "https://docs.stripe.com/error-codes/"


class ApiError(Exception):
    """Answer with Stripe's error object.

    `keeps_effects` marks an error that is itself a recorded outcome (a declined card leaves a
    failed charge behind); all other errors roll their transaction back.
    """

    status = 400
    kind = "invalid_request_error"
    keeps_effects = False

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
        self.details = details or {}

    def body(self) -> dict[str, Any]:
        """Return the JSON body, in the order in which Stripe prints it."""
        error: dict[str, Any] = {}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = DOCS + self.code.replace("_", "-")
        error["message"] = self.message
        if self.param:
            error["param"] = self.param
        error["type"] = self.kind
        return {"error": error | self.details}


class Unauthorised(ApiError):
    status = 401


class Forbidden(ApiError):
    status = 403


class NotFound(ApiError):
    status = 404


class TooLarge(ApiError):
    status = 413


class KeyReused(ApiError):
    """The idempotency key was first used with something else."""

    kind = "idempotency_error"


class KeyBusy(ApiError):
    """The twin of this request is still running."""

    status = 409

    def __init__(self, key: str) -> None:
        super().__init__(
            "There is currently another in-progress request using this Idempotent Key (that "
            "probably means you submitted twice, and the other request is still going through): "
            f"{key}. Please try again in a bit. If you continue to see this error after some "
            "time, please contact support.",
            code="idempotency_key_in_use",
        )


class CardDeclined(ApiError):
    """The card refused; the failed attempt stays on record."""

    status = 402
    kind = "card_error"
    keeps_effects = True


class Injected(ApiError):
    """A failure that a test asked for with the `fail_next` knob."""

    kind = "api_error"

    def __init__(self, status: int) -> None:
        super().__init__(f"Injected by the sandbox: HTTP {status}. Nothing was executed.")
        self.status = status
        if status == 429:
            self.kind, self.code = "invalid_request_error", "rate_limit"


def missing(kind: str, id_: str, *, param: str = "id") -> NotFound:
    """Return the error for an id that this account does not hold."""
    return NotFound(f"No such {kind}: '{id_}'", param=param, code="resource_missing")


def required(param: str) -> ApiError:
    """Return the error for a parameter that was left out."""
    return ApiError(f"Missing required param: {param}.", param=param, code="parameter_missing")


def unsupported(param: str) -> ApiError:
    """Return the error for a true Stripe parameter that the sandbox does not act on.

    Refusing is kinder than ignoring: a test must not pass because a parameter did nothing.
    """
    return ApiError(
        f"Stripe knows the parameter {param}, but the local sandbox does not implement it.",
        param=param,
        code="sandbox_unsupported",
    )
