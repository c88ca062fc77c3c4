"""The NinjaAPIs, both at /api/v1: a brand's, and the partner host's; error shape, documentation page and mounts."""

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
from shared_apps.partners.api import router as partners_router

# Swagger UI writes style attributes; scripts and everything else stay our own.
DOCUMENTATION_CSP = {"style-src": ["'unsafe-inline'"]}
UNREADABLE = "The form cannot be read."


def relaxed_documentation(view: Any) -> Any:
    """Relax the page of the documentation, and leave the document it reads as strict as the rest."""
    return csp_update(DOCUMENTATION_CSP)(view) if getattr(view, "func", view) is openapi_view else view


DOCUMENTED: dict[str, Any] = {
    "version": "1", "docs_url": "/docs", "openapi_url": "/openapi.json", "docs_decorator": relaxed_documentation,
}  # fmt: skip


def speaking(api: NinjaAPI) -> NinjaAPI:
    """Let an API answer every refusal in the one shape {code, message, details} with its own status."""

    def refused(request: HttpRequest, failure: DomainError) -> HttpResponse:
        return api.create_response(request, failure.as_dict(), status=failure.status)

    def unread(request: HttpRequest, failure: HttpError) -> HttpResponse:
        body = {"code": "bad_request", "message": str(failure), "details": {}}
        return api.create_response(request, body, status=failure.status_code)

    api.exception_handler(DomainError)(refused)
    api.exception_handler(ValidationError)(lambda request, wrong: refused(request, _invalid(wrong)))
    # What does not exist, for whatever reason, is one answer; so is whoever did not say who they are.
    api.exception_handler(Http404)(lambda request, _: refused(request, NotFound()))
    api.exception_handler(AuthenticationError)(lambda request, _: refused(request, SignInNeeded()))
    # A refusal of the library itself, such as a body that is no JSON; a form with more parts than any may have.
    api.exception_handler(HttpError)(unread)
    for unreadable in (MultiPartParserError, TooManyFilesSent, TooManyFieldsSent):
        api.exception_handler(unreadable)(lambda request, _: unread(request, HttpError(400, UNREADABLE)))
    api.exception_handler(RequestDataTooBig)(lambda request, _: refused(request, TooLarge()))
    return api


def _invalid(wrong: ValidationError) -> DomainError:
    """Return what is said of a payload that does not fit its schema: each field named by its path.

    An id that cannot be one is not found, like any other unknown id.
    """
    if any(error["loc"][0] == "path" for error in wrong.errors):
        return NotFound()
    return InvalidInput(errors=told_errors([error | {"loc": _within(error["loc"])} for error in wrong.errors]))


def _within(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    # ("body", "payload", "email") is the caller's `email`; ("query", "page") their `page`.
    return location[2:] if location[0] == "body" and len(location) > 1 else location[1:]


brand_api = speaking(
    NinjaAPI(
        title="Tributary",
        urls_namespace="api",
        description="One brand's API. Amounts are integers in minor units; instants are ISO 8601 with offset.",
        **DOCUMENTED,
    )
)
partner_api = speaking(
    NinjaAPI(
        title="Tributary for partners",
        urls_namespace="partner_api",
        description="What a partner says of itself to all brands, on the partner host.",
        **DOCUMENTED,
    )
)
partner_api.add_router("", partners_router)

# Each app of the money's way that speaks JSON has an `api.py` with a `router`; its paths are its nouns.
for app in TENANT_APPS:
    if app.startswith("tenant_apps.") and find_spec(f"{app}.api"):
        brand_api.add_router("", import_module(f"{app}.api").router)
