"""Errors as sentences: each has a code for programs and a status for the doors."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from kernel.sentences import sentence


class DomainError(Exception):
    """A refusal the caller can understand; `details` must be JSON-serialisable."""

    code: ClassVar[str] = "domain_error"
    status: ClassVar[int] = 409
    default_message: ClassVar[str] = "This is not possible."

    def __init__(self, message: str = "", **details: Any) -> None:
        self.message = message or self.default_message
        self.details: dict[str, Any] = details
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        """Return the one error shape of every interface."""
        return {"code": self.code, "message": self.message, "details": self.details}


class InvalidInput(DomainError):
    """The payload is wrong; `errors` lists each `{field, message}`."""

    code = "invalid_input"
    status = 422

    def __init__(
        self,
        *,
        field: str = "",
        message: str = sentence("This value is not valid."),
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self.errors = [dict(error) for error in errors] or [{"field": field, "message": message}]
        first = self.errors[0]
        sentence = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
        super().__init__(sentence, errors=self.errors)

    @property
    def field(self) -> str:
        """Return the path of the first wrong field, empty when the whole payload is."""
        return self.errors[0]["field"]


@contextmanager
def within(path: str) -> Iterator[None]:
    """Name what is wrong in a part of a payload by its path in the whole: `terms.currency`, not `currency`."""
    try:
        yield
    except InvalidInput as wrong:
        errors = [error | {"field": f"{path}.{error['field']}".rstrip(".")} for error in wrong.errors]
        raise InvalidInput(errors=errors) from wrong


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it does."""

    code = "not_found"
    status = 404
    default_message = "Not found."


class Forbidden(DomainError):
    """The actor is known and may not do this."""

    code = "forbidden"
    status = 403
    default_message = "You are not allowed to do this."


class IllegalTransition(DomainError):
    """The lifecycle knows no such step."""

    code = "illegal_transition"
    status = 409

    def __init__(self, *, lifecycle: str, current: str, target: str) -> None:
        super().__init__(
            sentence(
                "%(lifecycle)s cannot go from %(state)s to %(next_state)s.",
                lifecycle=lifecycle,
                state=current,
                next_state=target,
            ),
            lifecycle=lifecycle,
            current=current,
            target=target,
        )
