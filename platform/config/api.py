"""The NinjaAPI of a brand, /api/v1: its error shape, its documentation page and its mounts."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from csp.decorators import csp_update
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.views import openapi_view

from config.installed import TENANT_APPS
from kernel.errors import DomainError, InvalidInput, NotFound
from kernel.strict import told_errors
from shared_apps.accounts.errors import SignInNeeded, TooLarge

# Swagger UI writes style attributes; scripts and everything else stay our own.
DOCUMENTATION_CSP = {"style-src": ["'unsafe-inline'"]}


def relaxed_documentation(view: Any) -> Any:
    """Relax the page of the documentation, and leave the document it reads as strict as the rest."""
    return csp_update(DOCUMENTATION_CSP)(view) if getattr(view, "func", view) is openapi_view else view


brand_api = NinjaAPI(
    title="Tributary",
    version="1",
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/openapi.json",
    docs_decorator=relaxed_documentation,
    description="One brand's API. Amounts are integers in minor units; instants are ISO 8601 with offset.",
)


@brand_api.exception_handler(DomainError)
def error_response(request: HttpRequest, failure: DomainError) -> HttpResponse:
    """Answer a domain error in the one shape {code, message, details} with its own status."""
    return brand_api.create_response(request, failure.as_dict(), status=failure.status)


@brand_api.exception_handler(ValidationError)
def invalid_response(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    """Answer a payload that does not fit its schema: 422, each field named by its path.

    An id that cannot be one is not found, like any other unknown id.
    """
    if any(error["loc"][0] == "path" for error in failure.errors):
        return error_response(request, NotFound())
    errors = [error | {"loc": _within(error["loc"])} for error in failure.errors]
    return error_response(request, InvalidInput(errors=told_errors(errors)))


@brand_api.exception_handler(Http404)
def unknown_response(request: HttpRequest, _: Http404) -> HttpResponse:
    """Answer what does not exist, for whatever reason, alike."""
    return error_response(request, NotFound())


@brand_api.exception_handler(AuthenticationError)
def signed_out_response(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    """Answer who did not say who they are."""
    return error_response(request, SignInNeeded())


@brand_api.exception_handler(HttpError)
def http_response(request: HttpRequest, failure: HttpError) -> HttpResponse:
    """Answer a refusal of the library itself, such as a body that is no JSON."""
    body = {"code": "bad_request", "message": str(failure), "details": {}}
    return brand_api.create_response(request, body, status=failure.status_code)


@brand_api.exception_handler(MultiPartParserError)
@brand_api.exception_handler(TooManyFilesSent)
@brand_api.exception_handler(TooManyFieldsSent)
def unreadable_response(request: HttpRequest, _: Exception) -> HttpResponse:
    """Answer a form that cannot be read, or that has more parts than any may."""
    return http_response(request, HttpError(400, "The form cannot be read."))


@brand_api.exception_handler(RequestDataTooBig)
def large_response(request: HttpRequest, _: RequestDataTooBig) -> HttpResponse:
    """Answer a body beyond what is read at all."""
    return error_response(request, TooLarge())


def _within(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    # ("body", "payload", "email") is the caller's `email`; ("query", "page") their `page`.
    return location[2:] if location[0] == "body" and len(location) > 1 else location[1:]


# Each app of the money's way that speaks JSON has an `api.py` with a `router`; its paths are its nouns.
for app in TENANT_APPS:
    if app.startswith("tenant_apps.") and find_spec(f"{app}.api"):
        brand_api.add_router("", import_module(f"{app}.api").router)
