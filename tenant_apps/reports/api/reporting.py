from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate

from shared_apps.accounts.doors import PROBLEM, REFUSALS, Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.reports import actions, queries
from tenant_apps.reports.downloading import opened
from tenant_apps.reports.models import Export
from tenant_apps.reports.policies import may_export, may_see_reports
from tenant_apps.reports.rules import Filters, parse_filters
from tenant_apps.reports.schemas.reporting import ExportIn, ExportOut, FairnessOut, OwedOut
from tenant_apps.reports.states import Dimension, ExportState

router = Router(tags=["reports"])


class FiltersIn(Schema):
    """Which lines are looked at; days are the brand's, both inside."""

    state: str = ""
    partner: str = ""
    site: str = ""
    campaign: str = ""
    placement: str = ""
    role: str = ""
    program: str = ""
    currency: str = ""
    since: date | None = None
    until: date | None = None


class ByIn(FiltersIn):
    """Which lines, and by what their total opens."""

    by: Dimension = Dimension.PARTNER


@router.get("/reports/owed", response=OwedOut)
@door(may_see_reports)
def owed(request: HttpRequest, asked: Query[ByIn]) -> dict[str, Any]:
    """Say what is owed to partners, in total and by state, partner, site, campaign, placement, role, program
    or month.
    """
    filters = _filters(request)
    return {"totals": queries.owed(filters), "parts": queries.owed_by(asked.by, filters)}


@router.get("/reports/fairness", response=FairnessOut)
@door(may_see_reports)
def fairness(request: HttpRequest, asked: Query[FiltersIn]) -> dict[str, Any]:  # noqa: ARG001  (for the document)
    """Say what is taken back of what was earned, how long earnings wait, and what pays nothing and why."""
    filters = _filters(request)
    return {
        "reversals": queries.reversal_rates(filters),
        "days_to_payable": queries.days_to_payable(filters),
        "zero_pay": queries.zero_pay(filters),
    }


@router.get("/exports", response=list[ExportOut])
@door(may_export)
@paginate(Pages)
def exports(request: HttpRequest, state: ExportState | None = None) -> QuerySet[Export]:  # noqa: ARG001
    """List exports, the latest first."""
    asked = queries.all_exports()
    return asked.filter(state=state) if state else asked


@router.post("/exports", response=ExportOut)
@door(may_export)
def request_export(request: HttpRequest, payload: ExportIn) -> Export:
    """Ask for rows as a file; ask for the export again until it is done."""
    return actions.request_export(
        kind=payload.kind, format=payload.format, filters=payload.filters, actor=actor_in(request), at=now()
    )


@router.get("/exports/{export}", response=ExportOut)
@door(may_export)
def export_of(request: HttpRequest, export: Ref) -> Export:  # noqa: ARG001
    """Show how far an export is."""
    return found(queries.export_by_ref(export))


_FILE = {
    "responses": {200: {"description": "The file", "content": {"application/octet-stream": {
        "schema": {"type": "string", "format": "binary"}}}}}
    | {
        status: {"description": text, "content": {"application/json": {"schema": PROBLEM}}}
        for status, text in REFUSALS.items()
    }
}  # fmt: skip


@router.get("/exports/{export}/file", openapi_extra=_FILE)
@door(may_export)
def export_file(request: HttpRequest, export: Ref) -> FileResponse:
    """Download the file of an export that is done; that somebody did is kept."""
    return opened(found(queries.export_by_ref(export)), actor=actor_in(request), at=now())


def _filters(request: HttpRequest) -> Filters:
    """Read the filters as they were asked: as an export's, whose rules name each mistake."""
    return parse_filters({name: str(text) for name, text in request.GET.items() if name != "by"})
