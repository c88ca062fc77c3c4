"""What a foreign page gets and tells: the script, the offers, the visits."""

import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_GET, require_POST, require_safe
from pydantic import ValidationError

from kernel.clock import utc_now
from kernel.errors import InvalidInput
from kernel.strict import told_errors
from shared_apps.accounts.foreign import asking_host, plainly_refused, told
from shared_apps.accounts.limits import Limit, spend
from shared_apps.brands.clock import now
from tenant_apps.catalog.queries import published_offers
from tenant_apps.tracking import rules
from tenant_apps.tracking.actions import TrackedEvent, record_events
from tenant_apps.tracking.queries import site_asked_for
from tenant_apps.tracking.schemas import EventIn, EventsIn, OffersAsked

SCRIPT = Path(settings.BASE_DIR) / "widget" / "dist" / "t.js"
MOST_OFFERS = 100


def _script_etag(_: HttpRequest) -> str:
    return f'"{hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:24]}"'


@require_safe
@condition(etag_func=_script_etag)
def script(_: HttpRequest) -> HttpResponse:
    """Serve the tracker: five minutes in caches, then asked for by its ETag."""
    response = HttpResponse(SCRIPT.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@csrf_exempt
@require_POST
@plainly_refused
def events(request: HttpRequest) -> HttpResponse:
    """Store what a visitor did on a site; all of it or, when one field is wrong, none."""
    asked = told(request, EventsIn)
    spend(Limit.EVENTS, request=request, key=asked.site)
    host, world, at = asking_host(request), utc_now(), now()
    site = site_asked_for(asked.site, host)
    wrong = [
        {"field": f"events[{index}].at", "message": message}
        for index, event in enumerate(asked.events)
        if (message := rules.wrong_time(event.at, world=world, now=at))
    ]
    if wrong:
        raise InvalidInput(errors=wrong)
    tracked = [_tracked(event, rules.brand_time(event.at, world=world, now=at)) for event in asked.events]
    stored = record_events(site=site, visitor_ref=asked.visitor, events=tracked, origin_host=host, at=at)
    return JsonResponse({"stored": stored}, status=202)


@require_GET
@plainly_refused
def offers(request: HttpRequest) -> HttpResponse:
    """List what the brand sells, with prices, for a page that may carry the widget."""
    try:
        asked = OffersAsked.model_validate(request.GET.dict())
    except ValidationError as wrong:
        raise InvalidInput(errors=told_errors(wrong.errors())) from wrong
    spend(Limit.OFFERS, request=request, key=asked.site)
    site_asked_for(asked.site, asking_host(request))
    listed = [
        {
            "slug": offer.slug,
            "title": offer.title,
            "summary": offer.summary,
            "url": request.build_absolute_uri(f"/o/{offer.slug}/"),
            "prices": [
                {"currency": price.currency, "amount_minor": price.amount_minor}
                for price in offer.active_prices  # type: ignore[attr-defined]
            ],
        }
        for offer in published_offers()[:MOST_OFFERS]
    ]
    response = JsonResponse({"offers": listed})
    response["Cache-Control"] = "private, max-age=60"
    return response


def _tracked(event: EventIn, at: datetime) -> TrackedEvent:
    utm = {name: text for name, text in event.utm.model_dump().items() if text}
    return TrackedEvent(
        uid=event.id, type=event.type, at=at, url=event.url, referrer=event.referrer, via=event.via, utm=utm,
        click_id=event.click_id, placement=event.placement,
    )  # fmt: skip
