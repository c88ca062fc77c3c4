"""A partner's name, tax and account on the partner host: seen at any time, changed right after signing in."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.clock import utc_now
from kernel.countries import country_name
from kernel.errors import InvalidInput
from shared_apps.accounts.acting import authenticated_at
from shared_apps.partners.actions import agree_to_self_billing, say_payout, say_tax
from shared_apps.partners.policies import may_change_identity
from shared_apps.partners.queries import (
    brands_of,
    nettings_of,
    payout_frozen_until,
    payout_profile,
    profile_gaps,
    self_billing_of,
    self_billing_words,
    tax_profile,
)
from shared_apps.partners.states import VatStatus
from tenant_apps.portal.forms.identity import PayoutForm, TaxForm, payout_initial, tax_initial
from tenant_apps.portal.views.acting import actor_for, partner_chosen
from tenant_apps.portal.views.wording import language

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared_apps.brands.models import Brand
    from shared_apps.partners.models import Partner, SelfBilling
    from shared_apps.partners.queries import TaxProfile

GAPS = {
    "legal_name": gettext_noop("your legal name"), "legal_address": gettext_noop("your address"),
    "country": gettext_noop("your country"), "vat_status": gettext_noop("how you stand to VAT"),
    "vat_id": gettext_noop("your VAT number"), "payout_method": gettext_noop("where your money goes"),
}  # fmt: skip
STATUSES = {
    VatStatus.REGISTERED: gettext_noop("Registered for VAT"),
    VatStatus.SMALL_BUSINESS: gettext_noop("Small business, exempt from VAT"),
    VatStatus.PRIVATE: gettext_noop("Private person"), VatStatus.UNKNOWN: gettext_noop("not said yet"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agreement:
    """Self-billing at one brand: the words to agree to, or the agreement in force."""

    brand: "Brand"
    text: str
    sha256: str
    agreed: "SelfBilling | None"


@require_GET
@partner_chosen
def profile(request: HttpRequest, partner: "Partner") -> HttpResponse:
    """Show what the partner said of itself, what is missing, and what it agreed to with each brand."""
    tax, frozen = tax_profile(partner.public_id), payout_frozen_until(partner.public_id)
    context = {
        "here": "profile", "partner": partner, "tax": tax, "payout": payout_profile(partner.public_id),
        "country": country_name(tax.country, language()), "vat_status": _(STATUSES[tax.vat_status]),
        "frozen_until": frozen if frozen and frozen > utc_now() else None,
        "gaps": [_(GAPS[gap]) for gap in profile_gaps(partner.public_id)],
        "nettings": nettings_of(partner, language=language()),
        "agreements": _agreements(partner) if _bills(tax) else [],
    }  # fmt: skip
    return render(request, "portal/identity.html", context)


@require_http_methods(["GET", "POST"])
@partner_chosen
def tax(request: HttpRequest, partner: "Partner") -> HttpResponse:
    """Change name, address and tax."""
    if not _is_recent(request):
        return _prove_first(request)
    form = TaxForm(request.POST or None, initial=tax_initial(tax_profile(partner.public_id)))
    if request.method == "POST" and form.is_valid():
        answer = _said(request, form, lambda: say_tax(partner=partner, facts=form.facts, **_by(request)))
        if answer is not None:
            return answer
    return _form(request, partner, form, _("Name and tax"))


@require_http_methods(["GET", "POST"])
@partner_chosen
def payout(request: HttpRequest, partner: "Partner") -> HttpResponse:
    """Change where the money goes; every change after the first stops payouts for 72 hours."""
    if not _is_recent(request):
        return _prove_first(request)
    form = PayoutForm(request.POST or None, initial=payout_initial(payout_profile(partner.public_id)))
    if request.method == "POST" and form.is_valid():
        answer = _said(request, form, lambda: say_payout(partner=partner, facts=form.facts, **_by(request)))
        if answer is not None:
            return answer
    return _form(request, partner, form, _("Where your money goes"))


@require_POST
@partner_chosen
def agree(request: HttpRequest, partner: "Partner", brand_ref: str) -> HttpResponse:
    """Agree that a brand writes the invoices, with the words that were shown."""
    brand = next((each for each in brands_of(partner) if each.public_id == brand_ref), None)
    if brand is None:
        raise Http404
    try:
        agree_to_self_billing(
            partner=partner, brand=brand, language=language(), shown_sha256=request.POST.get("shown", ""),
            actor=actor_for(request), at=utc_now(),
        )  # fmt: skip
        messages.success(request, _("Agreed. %(brand)s may now write your invoices.") % {"brand": brand.name})
    except InvalidInput:
        messages.error(request, _("The agreement has changed since you opened this page. Please read it again."))
    return HttpResponseRedirect(reverse("partner_profile"))


def _said(request: HttpRequest, form: TaxForm | PayoutForm, say: "Callable[[], object]") -> HttpResponse | None:
    """Say it and go back to the profile, or write each refusal at its field."""
    try:
        say()
    except InvalidInput as wrong:
        form.refuse(wrong)
        return None
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("partner_profile"))


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": actor_for(request), "authenticated_at": authenticated_at(request), "at": utc_now()}


def _form(request: HttpRequest, partner: "Partner", form: TaxForm | PayoutForm, heading: str) -> HttpResponse:
    status = 422 if form.errors else 200
    context = {
        "here": "profile",
        "partner": partner,
        "form": form,
        "heading": heading,
        "is_payout": isinstance(form, PayoutForm),
    }
    return render(request, "portal/identity_form.html", context, status=status)


def _is_recent(request: HttpRequest) -> bool:
    return may_change_identity(authenticated_at=authenticated_at(request), at=utc_now())


def _prove_first(request: HttpRequest) -> HttpResponse:
    """Ask for the password. What was posted is dropped: an account number is never parked in a session."""
    if request.method == "POST":
        messages.warning(request, _("Please confirm your password and enter the change again; nothing was saved."))
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}")


def _bills(tax: "TaxProfile") -> bool:
    return tax.vat_status in (VatStatus.REGISTERED, VatStatus.SMALL_BUSINESS)


def _agreements(partner: "Partner") -> list[Agreement]:
    agreed = self_billing_of(partner)
    return [
        Agreement(brand, *self_billing_words(partner=partner, brand=brand, language=language()), agreed.get(brand.pk))
        for brand in brands_of(partner)
    ]
