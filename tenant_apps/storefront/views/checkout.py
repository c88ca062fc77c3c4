from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kernel.errors import DomainError
from kernel.money import Money
from shared_apps.accounts.acting import actor_of
from shared_apps.brands.clock import now
from tenant_apps.orders.actions import open_checkout
from tenant_apps.orders.errors import OrderAlreadyPaid
from tenant_apps.orders.queries import order_by_ref
from tenant_apps.orders.states import FulfilmentState, MoneyState
from tenant_apps.storefront.views.redirects import see_other
from tenant_apps.storefront.views.visiting import Visit

if TYPE_CHECKING:
    from tenant_apps.orders.models import Line, Order

PATIENT_AFTER = 20


@dataclass(frozen=True)
class ReceiptLine:
    """A line as the customer reads it."""

    line: "Line"
    amount: Money
    price: str


@never_cache
@require_safe
def checkout_return(request: HttpRequest) -> HttpResponse:
    """Show the customer who comes back where the order stands: paid, waiting, or left without paying."""
    order = _order_of(request)
    unpaid_and_left = order.money_state == MoneyState.UNPAID and "left" in request.GET
    template = "storefront/left.html" if unpaid_and_left else "storefront/return.html"
    return render(request, template, _standing(request, order))


@never_cache
@require_safe
def checkout_state(request: HttpRequest) -> HttpResponse:
    """Answer the waiting page's question with the fragment that fits: still waiting, or the receipt."""
    return render(request, "storefront/standing.html", _standing(request, _order_of(request)))


@never_cache
@require_POST
def checkout_again(request: HttpRequest) -> HttpResponse:
    """Send a customer who left, or whose card was declined, back to the payment page of the same order."""
    order = _order_of(request)
    try:
        return to_provider(request, order)
    except OrderAlreadyPaid:
        return see_other(receipt_address(order))
    except DomainError as failure:
        problem = _("The payment page did not answer. Nothing was charged. Please try again in a moment.")
        context = _standing(request, order) | {"problem": problem}
        return render(request, "storefront/left.html", context, status=failure.status)


def to_provider(request: HttpRequest, order: "Order") -> HttpResponse:
    """Open the order's checkout and redirect to it; raises what `orders.open_checkout` raises."""
    back = request.build_absolute_uri(receipt_address(order))
    url = open_checkout(order=order, success_url=back, cancel_url=f"{back}&left=1", actor=actor_of(request), at=now())
    return see_other(url)


def receipt_address(order: "Order") -> str:
    """Return the address of an order's return page; signed, because an id alone must not open it."""
    return reverse("checkout_return") + "?" + urlencode({"order": _signer().sign(order.public_id)})


def _order_of(request: HttpRequest) -> "Order":
    given = request.POST if request.method == "POST" else request.GET
    try:
        order = order_by_ref(_signer().unsign(given.get("order", "")))
    except BadSignature:
        order = None
    if order is None:
        raise Http404
    return order


def _signer() -> Signer:
    return Signer(salt=f"storefront.receipt.{connection.schema_name}")  # type: ignore[attr-defined]


def _standing(request: HttpRequest, order: "Order") -> dict[str, object]:
    given = request.POST if request.method == "POST" else request.GET
    tries = given.get("n", "0")
    asked = int(tries) if tries.isascii() and tries.isdigit() and len(tries) < 5 else 0
    token, lines = given["order"], list(order.lines.select_related("offer").order_by("position"))
    language = get_language() or "en"

    def shown(minor: int) -> str:
        return Money(minor, order.currency).format(language)

    return {
        "order": order, "token": token, "paid": order.money_state != MoneyState.UNPAID,
        "poll_url": reverse("checkout_state") + "?" + urlencode({"order": token, "n": asked + 1}),
        "poll_seconds": 2 if asked < PATIENT_AFTER else 10, "takes_long": asked >= PATIENT_AFTER,
        "check_url": receipt_address(order),
        "change_url": reverse("offer", args=[lines[0].offer.slug]) + Visit(order.visitor_ref, order.via_code).query,
        "lines": [
            ReceiptLine(line, Money(line.total_minor, order.currency), shown(line.total_minor)) for line in lines
        ],
        "total": Money(order.total_minor, order.currency), "total_text": shown(order.total_minor),
        "tax_text": shown(order.tax_minor) if order.tax_minor else "",
        "refunded_text": shown(-order.refunded_minor) if order.refunded_minor else "",
        "refunded": Money(-order.refunded_minor, order.currency),
        "fulfilled": order.fulfilment_state == FulfilmentState.FULFILLED,
        "refunded_wholly": order.money_state == MoneyState.REFUNDED, "email": _masked(order.customer.email),
    }  # fmt: skip


def _masked(email: str) -> str:
    """Return the address so that its owner knows it and nobody else learns it."""
    name, _at, domain = email.partition("@")
    return f"{name[:2]}•••@{domain}"
