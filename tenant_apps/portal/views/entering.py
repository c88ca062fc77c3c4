from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from kernel.actor import Actor
from kernel.clock import utc_now
from shared_apps.accounts.acting import entered_partner
from shared_apps.brands.entering import entered_brand
from shared_apps.brands.hosts import partner_host_address
from shared_apps.partners.actions import redeem_hand_off
from shared_apps.partners.errors import HandOffRefused
from tenant_apps.portal.policies import may_enter_portal

STAYS = timedelta(hours=12)

type Page[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def partner_needed[**P](page: Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]) -> Page[P]:
    """Call the page with the partner who entered and still may; show everybody else the way to the partner host."""

    @wraps(page)
    def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = entered_partner(request)
        if actor is None or not may_enter_portal(actor):
            request.session.pop("partner", None)
            return _way_in(request, status=401)
        return page(request, actor, *args, **kwargs)

    return cast("Page[P]", never_cache(door))


@never_cache
@require_GET
@sensitive_variables("token")
def enter(request: HttpRequest) -> HttpResponse:
    """Take the pass of the partner host, once, and go on to the page it leads to.

    GET, because the pass comes by a redirect from another site: a cross-site POST would arrive without
    our Lax cookie, and form-action would stop it. The address with the pass is left at once by a 303 and
    goes to nobody as a referrer. A pass is good for seconds of the world, whatever a test brand's clock says.
    """
    try:
        over = redeem_hand_off(token=request.GET.get("token", ""), brand=entered_brand(), at=utc_now())
    except HandOffRefused as refused:
        response = _way_in(request, status=refused.status, refused=True)
    else:
        # A new key for a new right: nobody who knew the session before gets in with it.
        request.session.cycle_key()
        request.session["partner"] = {
            "ref": over.partner_ref, "name": over.partner_name, "user": over.user_ref, "user_name": over.user_name,
            "until": (utc_now() + STAYS).isoformat(),
        }  # fmt: skip
        response = HttpResponseRedirect(over.next_path or reverse("portal_home"))
        response.status_code = 303
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the stay in this brand's portal and go back to the partner host; other brands' stays go on."""
    if request.session.pop("partner", None):
        request.session.cycle_key()
    return render(request, "portal/left.html", {"partner_home": partner_host_address()})


def partner_page(
    request: HttpRequest, actor: Actor, template: str, here: str, context: dict[str, Any], **answer: Any
) -> HttpResponse:
    """Show a page of the portal in its frame: whose it is, and where in it."""
    frame = {
        "partner_name": actor.label, "user_name": request.session["partner"]["user_name"], "here": here,
        "home_url": reverse("portal_home"), "partner_home": partner_host_address(),
    }  # fmt: skip
    return render(request, template, frame | context, **answer)


def _way_in(request: HttpRequest, *, status: int, refused: bool = False) -> HttpResponse:
    # Through a page of the partner host, not straight to the hand-off: see `across.opening`.
    back = "" if refused or request.method != "GET" else request.get_full_path()
    query = "?" + urlencode({"next": back}) if back else ""
    way = partner_host_address(f"/open/{entered_brand().public_id}/{query}")
    return render(request, "portal/way_in.html", {"way": way, "refused": refused}, status=status)
