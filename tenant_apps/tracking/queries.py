from datetime import datetime

from django.db.models import QuerySet

from tenant_apps.tracking.errors import HostNotAllowed, UnknownSite
from tenant_apps.tracking.models import Event, Site, Touch
from tenant_apps.tracking.rules import (
    FORM_OPENED,
    FORM_STAYS_OPEN,
    SAME_VISIT,
    TOUCHING,
    is_direct,
    normalized_hosts,
)


def site_asked_for(public_key: str, host: str) -> Site:
    """The active site with this key, for a page on `host`.

    Raises UnknownSite for a key this brand does not know, another brand's included, and
    HostNotAllowed when the host is not on the site's list or not known ('').
    """
    site = Site.objects.filter(public_key=public_key, active=True).first()
    if site is None:
        raise UnknownSite
    if normalized_hosts([host])[0] not in site.allowed_hosts:
        raise HostNotAllowed
    return site


def host_is_listed(host: str) -> bool:
    """Whether any active site of the brand lists this host."""
    return Site.objects.filter(active=True, allowed_hosts__contains=normalized_hosts([host])).exists()


def touched_at(touch_ref: str) -> datetime:
    """When a touch happened, which may be long before we heard of it."""
    at: datetime = Touch.objects.values_list("at", flat=True).get(public_id=touch_ref)
    return at


def sites_of_partner(partner_ref: str) -> QuerySet[Site]:
    """The active sites of a partner's enrollments, oldest first."""
    return Site.objects.filter(enrollment__partner_ref=partner_ref, active=True).order_by("pk")


def touches_of_visitor(visitor_ref: str, until: datetime) -> QuerySet[Touch]:
    """What brought a visitor up to and including an instant, oldest first, with enrollment and link."""
    return (
        Touch.objects.select_related("enrollment__program", "link", "site")
        .filter(visitor_ref=visitor_ref, at__lte=until)
        .order_by("at", "pk")
    )


def form_opened_at(visitor_ref: str, until: datetime) -> datetime | None:
    """When the visitor opened the form or checkout that was open at an instant; None if none was.

    The first opening of the hour before: a touch after it cannot take over, not even when it made the
    page load and the form open again. What was opened earlier was left.
    """
    opened = Event.objects.filter(
        visitor_ref=visitor_ref, type__in=FORM_OPENED, at__lte=until, at__gt=until - FORM_STAYS_OPEN
    )
    return opened.order_by("at").values_list("at", flat=True).first()


def direct_visits(visitor_ref: str, since: datetime, until: datetime) -> list[tuple[str, datetime]]:
    """Return the visits that nobody brought, as (id, begin), oldest first.

    A visit begins with a page view after thirty quiet minutes; it is direct when that page carries no
    code, no campaign and no click id, and no other site led to it.
    """
    views = (
        Event.objects.filter(visitor_ref=visitor_ref, type__in=TOUCHING, at__gte=since - SAME_VISIT, at__lte=until)
        .select_related("site").order_by("at", "pk")
    )  # fmt: skip
    visits, last = [], None
    for view in views:
        begins = last is None or view.at - last > SAME_VISIT
        last = view.at
        if begins and view.at >= since and is_direct(view.payload):
            visits.append((f"{view.site.public_id}:{view.uid}", view.at))
    return visits


def site_names() -> dict[str, str]:
    """The name of every website by its public id."""
    return dict(Site.objects.values_list("public_id", "name"))


def campaigns_seen() -> set[str]:
    """The campaigns that touches came with."""
    return set(Touch.objects.exclude(campaign="").values_list("campaign", flat=True).distinct())
