from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from kernel.actor import Actor
from shared_apps.brands.entering import entered_brand
from shared_apps.brands.hosts import address_of
from tenant_apps.portal.views.entering import partner_needed, partner_page
from tenant_apps.programs.queries import links_of_partner
from tenant_apps.tracking.queries import sites_of_partner

if TYPE_CHECKING:
    from tenant_apps.programs.models import Link
    from tenant_apps.tracking.models import Site


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link and the address to share; a coupon code as customers type it."""

    link: "Link"
    url: str
    typed: str


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A website and the line to paste into its pages."""

    site: "Site"
    snippet: str


@require_GET
@partner_needed
def links(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the partner's links with the address to share, and its websites with the line to paste."""
    shop = address_of(entered_brand(), "/")
    tracker = f"{shop}w/v1/t.js"
    context = {
        "links": [
            LinkRow(link, f"{shop}?via={link.code}", link.code.upper() if link.kind == "code" else link.code)
            for link in links_of_partner(actor.id)
        ],
        "sites": [
            SiteRow(site, f'<script async src="{tracker}" data-site="{site.public_key}" data-consent="auto"></script>')
            for site in sites_of_partner(actor.id)
        ],
    }
    return partner_page(request, actor, "portal/links.html", "links", context)
