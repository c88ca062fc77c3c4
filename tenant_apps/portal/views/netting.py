"""Netting between brands on the partner host: the words of each brand that allows it, agreed to or taken back."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.partners.actions import agree_to_netting, withdraw_netting
from shared_apps.partners.errors import NettingNotAllowed
from shared_apps.partners.queries import nettings_of
from tenant_apps.portal.views.acting import actor_for, partner_chosen
from tenant_apps.portal.views.wording import language

if TYPE_CHECKING:
    from shared_apps.brands.models import Brand
    from shared_apps.partners.models import Partner


@require_POST
@partner_chosen
def agree(request: HttpRequest, partner: "Partner", brand_ref: str) -> HttpResponse:
    """Agree that debts may be set off at a brand, with the words that were shown."""
    brand = _brand(partner, brand_ref)
    try:
        agree_to_netting(
            partner=partner, brand=brand, language=language(), shown_sha256=request.POST.get("shown", ""),
            actor=actor_for(request), at=utc_now(),
        )  # fmt: skip
        messages.success(request, _("Agreed. You may take it back here at any time."))
    except (InvalidInput, NettingNotAllowed):
        messages.error(request, _("The agreement has changed since you opened this page. Please read it again."))
    return HttpResponseRedirect(reverse("partner_profile"))


@require_POST
@partner_chosen
def withdraw(request: HttpRequest, partner: "Partner", brand_ref: str) -> HttpResponse:
    """Take the agreement back."""
    brand = _brand(partner, brand_ref)
    withdraw_netting(partner=partner, brand=brand, actor=actor_for(request), at=utc_now())
    messages.success(request, _("Taken back. Nothing is set off at %(brand)s.") % {"brand": brand.name})
    return HttpResponseRedirect(reverse("partner_profile"))


def _brand(partner: "Partner", brand_ref: str) -> "Brand":
    """Return a brand that allows the partner netting or has its consent; 404 for any other."""
    for each in nettings_of(partner, language=language()):
        if each.brand.public_id == brand_ref:
            return each.brand
    raise Http404
