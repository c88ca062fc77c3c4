from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.accounts.foreign import asking_host, plainly_refused, told
from shared_apps.accounts.limits import Limit, spend
from shared_apps.brands.clock import now
from tenant_apps.catalog.queries import published_offers
from tenant_apps.customers.actions import open_lead
from tenant_apps.customers.schemas import LeadIn
from tenant_apps.tracking.queries import site_asked_for


@csrf_exempt
@require_POST
@plainly_refused
def leads(request: HttpRequest) -> HttpResponse:
    """Take what a visitor wrote on a site. The answer does not say whether we know the person already."""
    asked = told(request, LeadIn)
    spend(Limit.LEADS, request=request, key=asked.site)
    site = site_asked_for(asked.site, asking_host(request))
    form = asked.lead
    try:
        open_lead(
            site=site, offer=_offer(form.offer), email=form.email, name=form.name, phone=form.phone,
            message=form.message, visitor_ref=asked.visitor, page_url=request.headers.get("Referer", ""), at=now(),
            country=form.country, metadata=form.metadata, actor=Actor(kind="site", id=site.public_id, label=site.name),
        )  # fmt: skip
    except InvalidInput as wrong:
        raise InvalidInput(errors=[error | {"field": f"lead.{error['field']}"} for error in wrong.errors]) from wrong
    return JsonResponse({"received": True}, status=201)


def _offer(slug: str) -> Any:
    offer = published_offers().filter(slug=slug).first() if slug else None
    if slug and offer is None:
        raise InvalidInput(field="offer", message="is no offer of this brand")
    return offer
