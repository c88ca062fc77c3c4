"""What foreign pages ask of a brand: who asks, what they send, how they are refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel

from kernel.errors import DomainError, InvalidInput
from kernel.strict import read_shape
from shared_apps.accounts.errors import NotJson, TooLarge
from shared_apps.accounts.wording import reader_errors, refusal_text

type View = Callable[[HttpRequest], HttpResponse]


def told[Shape: BaseModel](request: HttpRequest, shape: type[Shape]) -> Shape:
    """Return the JSON body in its shape; raises NotJson, TooLarge, InvalidInput naming every wrong field."""
    if request.content_type != "application/json":
        raise NotJson
    try:
        return read_shape(request.body, shape)
    except RequestDataTooBig as large:
        raise TooLarge from large


def asking_host(request: HttpRequest) -> str:
    """Return the host (with its port, if it is none of the usual) of the page that asks; '' when unknown."""
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        parts = urlsplit(said)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return host if port in (None, usual) else f"{host}:{port}"


def plainly_refused(view: View) -> View:
    """Answer a domain error of the view in the one shape {code, message, details}, with its status.

    Its sentences are in the visitor's language: the tracker shows them below the form that was sent.
    """

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except DomainError as refused:
            return JsonResponse(_worded(refused), status=refused.status)

    return answer


def _worded(refused: DomainError) -> dict[str, Any]:
    if not isinstance(refused, InvalidInput):
        return {**refused.as_dict(), "message": refusal_text(refused)}
    field = refused.field.rpartition(".")[2]
    first = refused.errors[0] | {"field": "e-mail" if field == "email" else field}
    message = refusal_text(InvalidInput(errors=[first]))
    return {**refused.as_dict(), "message": message, "details": {"errors": reader_errors(refused.errors)}}
