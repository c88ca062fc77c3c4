from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.outbox.actions import publish
from tenant_apps.reports.errors import ResultDropped, TooManyRows
from tenant_apps.reports.events import ExportRequested
from tenant_apps.reports.files import MOST_SHEET_ROWS
from tenant_apps.reports.models import Export
from tenant_apps.reports.queries.sheets import SHEETS
from tenant_apps.reports.queries.simulations import simulation_by_ref
from tenant_apps.reports.rules import parse_filters
from tenant_apps.reports.states import ExportFormat, ExportKind, SimulationState


@transaction.atomic
def request_export(*, kind: str, format: str, filters: Mapping[str, str], actor: Actor, at: datetime) -> Export:  # noqa: A002  (the word of the door)
    """Ask for rows as a file; the work is done in the background, chunk by chunk.

    The rows are those that are there now: what comes later is not in the file. Raises InvalidInput naming
    the kind, the format or the filter that is not known, TooManyRows for a spreadsheet that cannot hold them,
    ResultDropped for the lines of a simulation whose time is over.
    """
    errors = [
        {"field": field, "message": sentence("must be one of %(choices)s", choices=", ".join(known))}
        for field, told, known in (("kind", kind, tuple(ExportKind)), ("format", format, tuple(ExportFormat)))
        if told not in known
    ]
    if errors:
        raise InvalidInput(errors=errors)
    if kind == ExportKind.SIMULATION:
        _refuse_dropped(filters.get("simulation", ""))
    sheet = SHEETS[ExportKind(kind)]
    asked = parse_filters(filters, known=sheet.known_filters)
    rows = sheet.chosen(asked)
    last, total = rows.order_by("-pk").values_list("pk", flat=True).first() or 0, rows.count()
    if format == ExportFormat.XLSX and total >= MOST_SHEET_ROWS:
        raise TooManyRows(
            sentence(
                "These are %(total)s rows; a spreadsheet holds fewer than %(most)s.",
                total=total,
                most=MOST_SHEET_ROWS,
            ),
            field="format",
        )
    export = Export.objects.create(
        kind=kind, format=format, filters=asked.as_dict(), until_key=last, rows_total=total, requested_by=actor.id,
        requested_by_label=actor.label, requested_at=at,
    )  # fmt: skip
    told = {"kind": kind, "format": format, "filters": export.filters, "rows": total}
    record(actor=actor, verb="export.requested", subject=export, at=at, after=told)
    publish(ExportRequested(at=at, export_ref=export.public_id))
    return export


def _refuse_dropped(simulation_ref: str) -> None:
    simulation = simulation_by_ref(simulation_ref)
    if simulation is not None and simulation.state == SimulationState.EXPIRED:
        raise ResultDropped("The result was dropped when its time was over; simulate again for a new one.")
