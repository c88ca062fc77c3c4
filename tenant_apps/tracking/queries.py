from datetime import datetime

from django.db.models import QuerySet

from tenant_apps.tracking.errors import HostNotAllowed, UnknownSite
from tenant_apps.tracking.models import Event, Site, Touch
from tenant_apps.tracking.rules import FORM_OPENED, normalized_hosts


def site_by_key(public_key: str, host: str) -> Site | None:
    """The active site with this key, if `host` (with a port unless it is 80 or 443) is on its list; else None."""
    try:
        return site_asked_for(public_key, host)
    except (UnknownSite, HostNotAllowed):
        return None


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


def all_sites() -> QuerySet[Site]:
    """Every site with its enrollment, newest first."""
    return Site.objects.select_related("enrollment").order_by("-pk")


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


def touch_by_ref(ref: str) -> Touch | None:
    """The touch with this public id; None when there is none."""
    return Touch.objects.select_related("enrollment", "link", "site").filter(public_id=ref).first()


def form_opened_at(visitor_ref: str, until: datetime) -> datetime | None:
    """When the visitor last opened a form or a checkout: a later touch cannot take over; None if never."""
    opened = Event.objects.filter(visitor_ref=visitor_ref, type__in=FORM_OPENED, at__lte=until)
    return opened.order_by("-at").values_list("at", flat=True).first()


def site_names() -> dict[str, str]:
    """The name of every website by its public id."""
    return dict(Site.objects.values_list("public_id", "name"))


def campaigns_seen() -> set[str]:
    """The campaigns that touches came with."""
    return set(Touch.objects.exclude(campaign="").values_list("campaign", flat=True).distinct())
