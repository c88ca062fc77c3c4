import re
import zoneinfo
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation

from kernel.errors import InvalidInput
from kernel.ids import public_id
from shared_apps.brands.hosts import brand_of_host
from shared_apps.brands.postgresql.base import connected
from shared_apps.brands.states import BrandState

GetResponse = Callable[[HttpRequest], HttpResponseBase]
STILL_SERVED_WHEN_SUSPENDED = "/webhooks/"
GIVEN_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")


class BrandMiddleware:
    """Enter the brand that answers on this host; an unknown host gets a plain 404 of its own.

    The brand is left when the response has been sent (`brands.hosts`), so streams keep it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            host = request.get_host().rsplit(":", 1)[0].lower().removesuffix(".")
        except DisallowedHost:
            return _plain_page("tributary/unknown_host.html", 404)
        brand = brand_of_host(host)
        if brand is None:
            return _plain_page("tributary/unknown_host.html", 404)
        request.tenant = brand  # type: ignore[attr-defined]
        connected().set_tenant(brand)
        if brand.schema_name == "public":
            request.urlconf = _public_urlconf(host)
        elif brand.state == BrandState.SUSPENDED and not request.path.startswith(STILL_SERVED_WHEN_SUSPENDED):
            return _plain_page("tributary/suspended.html", 503)
        with structlog.contextvars.bound_contextvars(brand=brand.schema_name):
            return self.get_response(request)


class RequestIdMiddleware:
    """Give every request an id, bind it to the log and answer with it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request.request_id = given if GIVEN_ID.match(given) else public_id("req")  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request.request_id):  # type: ignore[attr-defined]
            response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class BrandLocaleMiddleware:
    """Speak the visitor's language (query, cookie, browser), else the brand's; show times in its zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        brand = request.tenant  # type: ignore[attr-defined]
        offered = dict(settings.LANGUAGES)
        wish = request.GET.get("lang") or request.COOKIES.get("lang")
        fallback = getattr(brand, "language", None) or settings.LANGUAGE_CODE
        accepts = "accept-language" in request.headers
        language = (
            wish if wish in offered else (translation.get_language_from_request(request) if accepts else fallback)
        )
        zone = getattr(brand, "timezone", None) or "UTC"
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone)):
            request.LANGUAGE_CODE = translation.get_language() or fallback
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        if request.GET.get("lang") in offered:
            response.set_cookie(
                "lang", request.GET["lang"], max_age=31_536_000, samesite="Lax", secure=request.is_secure()
            )
        return response


class ReadableMiddleware:
    """Refuse an address or a form with a NUL in it: PostgreSQL keeps no such text, and no person typed it.

    Documents in JSON are refused by their own schemas, which name the field by its path.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        """Look at what was sent after CSRF was checked, before a view reads any of it; the answer names the field."""
        is_api = request.path.startswith(("/api/", "/w/", "/webhooks/"))
        sent = list(request.GET.lists()) + ([] if is_api else list(request.POST.lists()))
        field = next((name for name, values in sent if any("\0" in text for text in (name, *map(str, values)))), None)
        if field is None:
            return None
        refused = InvalidInput(field=field.replace("\0", ""), message="holds a character that is none")
        if is_api:
            return JsonResponse(refused.as_dict(), status=refused.status)
        return render(request, "400.html", {"field": refused.field}, status=400)


class ConsoleCspMiddleware:
    """Relax the content policy under /console/ only: Unfold evaluates expressions and sets styles inline."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith("/console/"):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": ["'self'", "'unsafe-eval'"],
                "style-src": ["'self'", "'unsafe-inline'"],
                "frame-src": ["'self'"],
            }
            response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
        return response


def _public_urlconf(host: str) -> str:
    return "config.urls.partners" if host == settings.PARTNER_HOST else "config.urls.public"


def _plain_page(template: str, status: int) -> HttpResponse:
    response = HttpResponse(render_to_string(template), status=status)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    return response
