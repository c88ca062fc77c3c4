from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from kernel.clock import utc_now
from shared_apps.brands.hosts import address_of
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import issue_hand_off
from shared_apps.partners.queries import balances_of, brands_of, statements_of
from tenant_apps.portal.views.acting import chosen_of, partners_of, user_of
from tenant_apps.portal.views.wording import Amount, amount, period_named
from tenant_apps.settlements.documents import Covered

if TYPE_CHECKING:
    from shared_apps.partners.models import Partner, PartnerBalance, PartnerStatement

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Balance:
    """What the partner has at a brand in one currency; currencies are never added."""

    currency: str
    pending: Amount
    confirmed: Amount
    payable: Amount
    paid: Amount
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AtBrand:
    """A brand's card: its balances, and the way in while the partner works there."""

    brand: Brand
    balances: list[Balance]
    portal: str


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement in the list across brands."""

    row: "PartnerStatement"
    month: str
    net: Amount
    payout: Amount
    closing: Amount
    url: str


@never_cache
@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show a partner what it has at every brand, and its statements; only public roll-ups are read."""
    partners = partners_of(request)
    if not partners:
        return render(request, "portal/nobody.html", status=403)
    partner = chosen_of(request, partners)
    if partner is None:
        return render(request, "portal/choose.html", {"partners": partners})
    brands = brands_of(partner)
    page = Paginator(statements_of(partner), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "here": "brands", "partner": partner, "partners": partners, "page": page,
        "brands": _cards(brands, balances_of(partner)),
        "rows": [_statement(row, {brand.pk for brand in brands}) for row in page],
    }  # fmt: skip
    return render(request, "portal/across.html", context)


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Choose which of their partners a user acts for; 404 for one that is not theirs."""
    wanted = request.POST.get("partner", "")
    if wanted and wanted not in {partner.public_id for partner in partners_of(request)}:
        raise Http404
    request.session["acts_for"] = wanted
    return HttpResponseRedirect(reverse("partner_home"))


@never_cache
@require_GET
@login_required
def opening(request: HttpRequest, brand_ref: str) -> HttpResponse:
    """Say that the brand's portal opens, and open it.

    A page between signing in and the hand-off: browsers hold the redirects that follow the posted
    sign-in form to its form-action, which names no brand's host. This page ends that chain.
    """
    brand = _brand(request, brand_ref)[1]
    return render(request, "portal/opening.html", {"to": brand, "url": _hand_off_url(brand, request.GET.get("next"))})


@never_cache
@require_GET
@login_required
def enter(request: HttpRequest, brand_ref: str) -> HttpResponse:
    """Issue a one-time pass and go into the brand's portal with it.

    GET is safe here: a pass reaches nobody but this browser, and without our Lax cookie, as from an image
    or a frame of a foreign page, there is none.
    """
    partner, brand = _brand(request, brand_ref)
    token = issue_hand_off(
        partner=partner, brand=brand, user=user_of(request), at=utc_now(), next_path=request.GET.get("next", "")
    )
    response = HttpResponseRedirect(address_of(brand, f"/portal/enter?{urlencode({'token': token})}"))
    response.status_code = 303
    response["Referrer-Policy"] = "no-referrer"
    return response


def _brand(request: HttpRequest, brand_ref: str) -> "tuple[Partner, Brand]":
    """Return the brand, and the partner the user acts for there: the chosen one first; 404 when there is none."""
    partners = partners_of(request)
    chosen = chosen_of(request, partners)
    for partner in [chosen] if chosen else partners:
        for brand in brands_of(partner):
            if brand.public_id == brand_ref:
                return partner, brand
    raise Http404


def _cards(brands: list[Brand], balances: "list[PartnerBalance]") -> list[AtBrand]:
    by_brand = {brand: list(rows) for brand, rows in groupby(balances, key=lambda row: row.brand)}
    cards = [AtBrand(brand, _balances(by_brand.get(brand, [])), _hand_off_url(brand)) for brand in brands]
    parted = [AtBrand(brand, _balances(rows), "") for brand, rows in by_brand.items() if brand not in brands]
    return cards + parted


def _balances(rows: "list[PartnerBalance]") -> list[Balance]:
    return [
        Balance(
            currency=row.currency,
            pending=amount(row.pending_minor, row.currency),
            confirmed=amount(row.confirmed_minor, row.currency),
            payable=amount(row.payable_minor, row.currency),
            paid=amount(row.paid_minor, row.currency),
            as_of=row.as_of,
        )
        for row in rows
    ]


def _statement(row: "PartnerStatement", open_brands: set[int]) -> StatementRow:
    net, payout, closing = (
        amount(minor, row.currency) for minor in (row.net_minor, row.payout_minor, row.closing_minor)
    )
    url = _hand_off_url(row.brand, f"/portal/statements/{row.statement_ref}/") if row.brand_id in open_brands else ""
    month = period_named(Covered(row.period_label, row.first_on, row.last_on))
    return StatementRow(row, month, net, payout, closing, url)


def _hand_off_url(brand: Brand, next_path: str | None = "") -> str:
    query = "?" + urlencode({"next": next_path}) if next_path else ""
    return reverse("partner_enter", args=[brand.public_id]) + query
