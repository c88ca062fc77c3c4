from typing import Any

from django.conf import settings
from django.core.checks import Error, register

TENANT_KEYS = "django_tenants.cache.make_key"


@register()
def caches_are_per_brand(**_: Any) -> list[Error]:
    """Every cache alias keys by brand: user pk 1 exists in each schema."""
    return [
        Error(f"CACHES[{alias!r}] lacks KEY_FUNCTION {TENANT_KEYS}", id="brands.E001")
        for alias, options in settings.CACHES.items()
        if options.get("KEY_FUNCTION") != TENANT_KEYS
    ]


@register()
def sessions_are_in_the_schema(**_: Any) -> list[Error]:
    """Sessions live in the brand's own table, never in a shared store."""
    engine = getattr(settings, "SESSION_ENGINE", "django.contrib.sessions.backends.db")
    if engine == "django.contrib.sessions.backends.db" and not settings.SESSION_COOKIE_DOMAIN:
        return []
    return [Error("Sessions must be database sessions with host-only cookies.", id="brands.E002")]
