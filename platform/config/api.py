"""The NinjaAPIs: brand /api/v1; their auth, error shape and mounts."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from kernel.errors import DomainError


def error_response(request: HttpRequest, failure: DomainError) -> HttpResponse:
    """Answer a domain error in the one shape {code, message, details} with its own status."""
    return brand_api.create_response(request, failure.as_dict(), status=failure.status)


def invalid_response(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    """Answer a payload that does not fit its schema: 422, each field named by its path."""
    errors = [
        {"field": ".".join(str(part) for part in error["loc"] if part not in ("body", "payload")), "message": error["msg"]}
        for error in failure.errors
    ]
    first = errors[0] if errors else {"field": "", "message": "The payload is not valid."}
    body = {"code": "invalid_input", "message": f"{first['field']}: {first['message']}", "details": {"errors": errors}}
    return brand_api.create_response(request, body, status=422)


brand_api = NinjaAPI(
    title="Tributary", version="1", urls_namespace="api", docs_url="/docs", openapi_url="/openapi.json",
    description="One brand's API. Amounts are integers in minor units; instants are ISO 8601 with offset.",
)  # fmt: skip
brand_api.add_exception_handler(DomainError, error_response)
brand_api.add_exception_handler(ValidationError, invalid_response)
