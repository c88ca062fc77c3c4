"""A partner's month across its brands, on the partner host: page, PDF and CSV of the same figures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from shared_apps.partners.queries import brands_of, statements_of
from tenant_apps.portal.views.acting import partner_chosen, partners_of
from tenant_apps.portal.views.wording import Amount, amount, period_named
from tenant_apps.settlements.documents import Covered, consolidated_csv, consolidated_sha256
from tenant_apps.settlements.printing import print_consolidated
from tenant_apps.settlements.queries import Consolidated, consolidated_statement, months_with_statements

if TYPE_CHECKING:
    from shared_apps.partners.models import Partner
    from tenant_apps.settlements.rules.consolidated import Part, Stated


@dataclass(frozen=True, slots=True)
class Row:
    """One brand's statement, and the way to it while the partner works there."""

    stated: "Stated"
    period: str
    figures: tuple[Amount, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Totals:
    """One currency of one legal entity; `netted` only where it is agreed."""

    part: "Part"
    rows: list[Row]
    figures: tuple[Amount, ...]
    owed_back: Amount
    written_off: Amount
    netted: Amount | None


@require_GET
@partner_chosen
def page(request: HttpRequest, partner: "Partner") -> HttpResponse:
    """Show a month across brands: by legal entity and currency, each line leading to its brand's statement."""
    months = months_with_statements([row.period_label for row in statements_of(partner)])
    told = _told(request, partner, months)
    open_brands = {brand.public_id for brand in brands_of(partner)}
    entities = [
        {"entity": entity, "parts": [_totals(part, open_brands) for part in entity.parts]} for entity in told.entities
    ]
    context = {
        "here": "consolidated", "partner": partner, "partners": partners_of(request), "told": told,
        "months": [(label, period_named(label)) for label in months],
        "entities": entities, "sha256": consolidated_sha256(told),
    }  # fmt: skip
    return render(request, "portal/consolidated.html", context)


@require_GET
@partner_chosen
def pdf(request: HttpRequest, partner: "Partner") -> HttpResponse:
    """Send the month as PDF; one that was printed before is read from its file."""
    told = _told(request, partner, [])
    printed = print_consolidated(told, language=get_language() or "en")
    return _file(HttpResponse(printed.read_bytes(), content_type="application/pdf"), told, "pdf")


@require_GET
@partner_chosen
def sheet(request: HttpRequest, partner: "Partner") -> HttpResponse:
    """Send the month as CSV."""
    told = _told(request, partner, [])
    return _file(HttpResponse(consolidated_csv(told), content_type="text/csv; charset=utf-8"), told, "csv")


def _told(request: HttpRequest, partner: "Partner", months: list[str]) -> Consolidated:
    month = request.GET.get("month", "") or (months[0] if months else "2026-01")
    try:
        return consolidated_statement(partner=partner, month=month)
    except ValueError as wrong:
        raise Http404 from wrong


def _totals(part: "Part", open_brands: set[str]) -> Totals:
    def money(minor: int) -> Amount:
        return amount(minor, part.currency)

    rows = [
        Row(
            row, period_named(Covered.frozen(row.period, row.first_on, row.last_on)),
            tuple(map(money, (row.opening_minor, row.moved_minor, row.payout_minor, row.closing_minor))),
            _way_to(row) if row.brand_ref in open_brands else "",
        )
        for row in part.rows
    ]  # fmt: skip
    figures = tuple(map(money, (part.opening_minor, part.moved_minor, part.payout_minor, part.closing_minor)))
    netted = None if part.netted_minor is None else money(part.netted_minor)
    return Totals(part, rows, figures, money(-part.owed_back_minor), money(part.written_off_minor), netted)


def _way_to(row: "Stated") -> str:
    query = urlencode({"next": f"/portal/statements/{row.statement_ref}/"})
    return f"{reverse('partner_enter', args=[row.brand_ref])}?{query}"


def _file(answer: HttpResponse, told: Consolidated, kind: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="consolidated-{told.month}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
