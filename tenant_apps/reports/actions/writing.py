from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from django.db import transaction

from kernel.actor import Actor, system
from kernel.errors import DomainError
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.reports.events import ExportAdvanced, ExportFinished
from tenant_apps.reports.files import drop_all, drop_chunks, put_together, write_chunk
from tenant_apps.reports.models import Export
from tenant_apps.reports.queries.sheets import SHEETS, Sheet
from tenant_apps.reports.rules import parse_filters
from tenant_apps.reports.states import EXPORT, ExportKind, ExportState

CHUNK = 5_000
KEPT = timedelta(days=7)
WRITER = system("exports")


@transaction.atomic
def advance_export(*, export_ref: str, step: int, at: datetime, actor: Actor = WRITER) -> Export | None:
    """Write the next chunk of an export's rows, or put its file together when all are on disk.

    One transaction per step: the chunk counts when its row says so. A step that was done, or one that a
    late worker repeats, changes nothing. What fails for good (a full disk, too many rows) ends the export
    with its reason. Raises RetryLater while another worker holds it; None when it is not open at this step.
    """
    known = Export.objects.filter(public_id=export_ref, step=step)
    export = known.select_for_update(skip_locked=True).first()
    if export is None:
        if known.exists():
            raise RetryLater(sentence("Another worker is busy with %(job)s.", job=export_ref))
        return None
    if not ExportState(export.state).is_open:
        return None
    if export.state == ExportState.QUEUED:
        change_state(export, EXPORT, ExportState.RUNNING, actor=actor, at=at)
    sheet = SHEETS[ExportKind(export.kind)]
    try:
        if export.after_key < export.until_key:
            _write_next(export, sheet)
            publish(ExportAdvanced(at=at, export_ref=export.public_id, step=export.step))
        else:
            _finish(export, sheet, actor, at)
    except (OSError, DomainError) as failure:
        _fail(export, failure, actor, at)
    return export


@transaction.atomic
def expire_exports(*, at: datetime, actor: Actor = WRITER) -> int:
    """Drop the files whose time is over; the row stays as the record of who took what. Returns how many."""
    due = Export.objects.select_for_update(skip_locked=True).filter(state=ExportState.DONE, expires_at__lte=at)
    expired = list(due.order_by("pk")[:500])
    for export in expired:
        change_state(export, EXPORT, ExportState.EXPIRED, actor=actor, at=at)
        transaction.on_commit(partial(drop_all, export), robust=True)
    return len(expired)


def _write_next(export: Export, sheet: Sheet) -> None:
    rows = sheet.chosen(parse_filters(export.filters, known=sheet.known_filters))
    rows = rows.filter(pk__gt=export.after_key, pk__lte=export.until_key)
    keys = list(rows.values_list("pk", flat=True)[:CHUNK])
    # Read through a cursor of the server: memory holds a few hundred rows, whatever the chunk.
    found = rows.filter(pk__lte=keys[-1]).iterator(chunk_size=500) if keys else iter(())
    write_chunk(export, export.step, chain.from_iterable(sheet.cells(row) for row in found))
    # Fewer than a chunk: nothing is behind them. A row whose state left the filter meanwhile is not there.
    export.after_key = keys[-1] if len(keys) == CHUNK else export.until_key
    export.rows_done += len(keys)
    export.step += 1
    export.save(update_fields=["after_key", "rows_done", "step"])


def _finish(export: Export, sheet: Sheet, actor: Actor, at: datetime) -> None:
    name, size, digest = put_together(export, sheet.columns, export.step)
    change_state(
        export, EXPORT, ExportState.DONE, actor=actor, at=at, file_name=name, size=size, sha256=digest, finished_at=at,
        expires_at=at + KEPT, rows_total=export.rows_done,
    )  # fmt: skip
    publish(ExportFinished(at=at, export_ref=export.public_id))
    transaction.on_commit(partial(drop_chunks, export), robust=True)


def _fail(export: Export, failure: Exception, actor: Actor, at: datetime) -> None:
    told = (
        failure.message
        if isinstance(failure, DomainError)
        else sentence("The file could not be written: %(failure)s", failure=failure)
    )
    change_state(export, EXPORT, ExportState.FAILED, actor=actor, at=at, failure=told, finished_at=at)
    transaction.on_commit(partial(drop_all, export), robust=True)
