"""Rate limits, all in one place: high enough for a busy page, low enough that one address cannot flood a brand."""

from enum import StrEnum
from functools import cache

import structlog
from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from shared_apps.accounts.errors import TooManyRequests
from shared_apps.brands.postgresql.base import entered

log = structlog.get_logger()
LOOPBACK = ("127.0.0.1", "::1")


class Limit(StrEnum):
    """What one client may do with one key of one brand."""

    EVENTS = "1200/minute"
    LEADS = "120/minute"
    OFFERS = "2400/minute"


def spend(limit: Limit, *, request: HttpRequest, key: str) -> None:
    """Count this request against a limit of the entered brand; raises TooManyRequests.

    Without Redis nothing is counted and everybody passes: a lead is worth more than a limit.
    """
    try:
        passed = _limiter().hit(_item(limit), entered(), limit.name, key, client_address(request))
    except StorageError as away:
        log.warning("limits_away", error=str(away))
        return
    if not passed:
        raise TooManyRequests


def client_address(request: HttpRequest) -> str:
    """Return who asks: the peer, or the last hop the proxy noted when the peer is a proxy on this machine."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.headers.get("X-Forwarded-For", "")
    return forwarded.rpartition(",")[2].strip() if forwarded and peer in LOOPBACK else peer


@cache
def _item(limit: Limit) -> RateLimitItem:
    return parse(limit.value)


@cache
def _limiter() -> FixedWindowRateLimiter:
    prefix = f"tributary-limits-{settings.DATABASE_ROLE_PREFIX}"
    return FixedWindowRateLimiter(
        storage_from_string(
            settings.REDIS_URL, key_prefix=prefix, wrap_exceptions=True, socket_timeout=0.5, socket_connect_timeout=0.5
        )
    )
