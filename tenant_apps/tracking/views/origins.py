"""Which pages a browser lets read our answers: the hosts of the brand's sites, exactly, never `*`."""

from typing import Any

from corsheaders.signals import check_request_enabled
from django.dispatch import receiver
from django.http import HttpRequest

from shared_apps.accounts.foreign import asking_host
from tenant_apps.tracking.queries import host_is_listed

DOOR = "/w/v1/"


@receiver(check_request_enabled, dispatch_uid="tracking-origins")
def may_read(sender: Any, request: HttpRequest, **_: Any) -> bool:  # noqa: ARG001  (Django names it)
    """Return whether the asking origin is a listed host of any active site; a preflight does not say which."""
    if not request.path_info.startswith(DOOR) or "Origin" not in request.headers:
        return False
    host = asking_host(request)
    return bool(host) and host_is_listed(host)
