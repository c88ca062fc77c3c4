from datetime import datetime

from django.db.models import QuerySet

from tenant_apps.tracking.models import Event, Site, Touch
from tenant_apps.tracking.rules import FORM_OPENED, normalized_hosts


def site_by_key(public_key: str, host: str) -> Site | None:
    """The active site with this key, if `host` (with a port unless it is 80 or 443) is on its list; else None."""
    site = site_of_key(public_key)
    return site if site is not None and normalized_hosts([host])[0] in site.allowed_hosts else None


def site_of_key(public_key: str) -> Site | None:
    """The active site with this key, whoever asks; None when there is none."""
    return Site.objects.filter(public_key=public_key, active=True).first()


def all_sites() -> QuerySet[Site]:
    """Every site with its enrollment, newest first."""
    return Site.objects.select_related("enrollment").order_by("-pk")


def touches_of_visitor(visitor_ref: str, until: datetime) -> QuerySet[Touch]:
    """What brought a visitor up to and including an instant, oldest first, with enrollment and link."""
    return (
        Touch.objects.select_related("enrollment", "link", "site")
        .filter(visitor_ref=visitor_ref, at__lte=until)
        .order_by("at", "pk")
    )


def touch_by_ref(ref: str) -> Touch | None:
    """The touch with this public id; None when there is none."""
    return Touch.objects.select_related("enrollment", "link", "site").filter(public_id=ref).first()


def form_opened_at(visitor_ref: str, until: datetime) -> datetime | None:
    """When the visitor last opened a form or a checkout: a later touch cannot take over; None if never."""
    opened = Event.objects.filter(visitor_ref=visitor_ref, type__in=FORM_OPENED, at__lte=until)
    return opened.order_by("-at").values_list("at", flat=True).first()
