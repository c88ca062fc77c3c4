import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kernel.errors import DomainError, InvalidInput
from kernel.ids import public_id
from kernel.money import Money
from shared_apps.accounts.acting import actor_of
from shared_apps.brands.clock import now
from tenant_apps.catalog import queries as catalog
from tenant_apps.catalog.states import OfferState
from tenant_apps.orders.actions import place_order
from tenant_apps.orders.errors import CheckoutPending, OfferNotForSale, OrderAlreadyPaid
from tenant_apps.payments.errors import NoAccount
from tenant_apps.storefront.forms import OrderForm
from tenant_apps.storefront.views.checkout import receipt_address, to_provider
from tenant_apps.storefront.views.redirects import see_other
from tenant_apps.storefront.views.visiting import Visit, note_visit, visit_of

if TYPE_CHECKING:
    from shared_apps.brands.models import Brand
    from tenant_apps.catalog.models import Offer, Price
    from tenant_apps.orders.models import Order


@dataclass(frozen=True)
class Shown:
    """An offer with the price a visitor reads."""

    offer: "Offer"
    amount: Money
    price: str
    tax_percent: str
    url: str


@require_safe
def offer_list(request: HttpRequest) -> HttpResponse:
    """Show what the brand sells in its currency."""
    visit = visit_of(request)
    note_visit(request, visit, now())
    currency = _brand(request).currency
    shown = [
        _shown(offer, price, visit)
        for offer in catalog.published_offers()
        for price in offer.active_prices  # type: ignore[attr-defined]
        if price.currency == currency
    ]
    return render(request, "storefront/offers.html", {"offers": shown})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offer_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one offer and take the order for it; the customer pays at the provider."""
    offer = catalog.offer_by_slug(slug)
    currency = _brand(request).currency
    price = catalog.active_price(offer, currency) if offer else None
    if offer is None or price is None or not OfferState(offer.state).can_be_bought:
        raise Http404
    visit, at = visit_of(request), now()
    note_visit(request, visit, at)
    shown = _shown(offer, price, visit)
    if request.method == "POST":
        form = OrderForm(request.POST)
        if form.is_valid():
            return _bought(request, shown, form, visit)
        return _page(request, shown, form, visit, status=422)
    begin = {"nonce": public_id("non"), "code": request.GET.get("code", "")[:40], "country": _brand(request).country}
    return _page(request, shown, OrderForm(initial=begin), visit)


def _bought(request: HttpRequest, shown: Shown, form: OrderForm, visit: Visit) -> HttpResponse:
    """Place the order and send the customer to pay; what goes wrong keeps the form as it was typed."""
    order: Order | None = None
    try:
        order = _placed(request, shown, form, visit)
        return to_provider(request, order)
    except OrderAlreadyPaid:
        return see_other(receipt_address(order)) if order else _page(request, shown, form, visit)
    except InvalidInput as wrong:
        form.refuse(wrong.errors)
        return _page(request, shown, form, visit, status=422)
    except DomainError as failure:
        return _page(request, shown, form, visit, problem=_words_for(failure), status=failure.status)


def _placed(request: HttpRequest, shown: Shown, form: OrderForm, visit: Visit) -> "Order":
    wish = form.cleaned_data
    # The same page with other words in it is another order; the same words are the same.
    content = f"{wish['email'].strip().lower()}|{wish['quantity']}|{shown.offer.public_id}"
    content += f"|{wish['code'].strip().lower()}" if wish["code"] else ""
    content += f"|{wish['country']}" if wish["country"] else ""
    return place_order(
        offer=shown.offer, quantity=wish["quantity"], currency=shown.amount.currency, email=wish["email"],
        name=wish["name"], visitor_ref=visit.visitor_ref, via_code=visit.via_code, source="storefront",
        external_id=f"{wish['nonce']}.{hashlib.sha256(content.encode()).hexdigest()[:12]}",
        code=wish["code"], country=wish["country"], actor=actor_of(request), at=now(),
    )  # fmt: skip


def _brand(request: HttpRequest) -> "Brand":
    return cast("Brand", request.tenant)  # type: ignore[attr-defined]


def _words_for(failure: DomainError) -> str:
    if isinstance(failure, CheckoutPending):
        return _("The payment page did not answer. Nothing was charged. Please try again in a moment.")
    if isinstance(failure, OfferNotForSale):
        return _("This offer can no longer be bought.")
    if isinstance(failure, NoAccount):
        return _("This shop cannot take payments yet. Nothing was ordered or charged.")
    return _("The payment could not be started. Nothing was charged.")


def _page(
    request: HttpRequest, shown: Shown, form: OrderForm, visit: Visit, *, problem: str = "", status: int = 200
) -> HttpResponse:
    nonce = form.data.get("nonce") if form.is_bound else form.initial.get("nonce")
    context = {
        "shown": shown, "form": form, "visit": visit, "problem": problem, "nonce": nonce or public_id("non"),
        "home": reverse("offers") + visit.query,
    }  # fmt: skip
    return render(request, "storefront/offer.html", context, status=status)


def _shown(offer: "Offer", price: "Price", visit: Visit) -> Shown:
    amount = Money(price.amount_minor, price.currency)
    percent = f"{(price.tax_rate * 100).normalize():f}" if price.tax_rate else ""
    url = reverse("offer", args=[offer.slug]) + visit.query
    return Shown(offer, amount, amount.format(get_language() or "en"), percent, url)
