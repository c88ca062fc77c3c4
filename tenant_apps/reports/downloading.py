"""Handing out a finished file: to the API and to the console alike, with who took it on record."""

from datetime import datetime

from django.http import FileResponse

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.reports.errors import FileNotReady
from tenant_apps.reports.files import path_of
from tenant_apps.reports.models import Export
from tenant_apps.reports.states import ExportFormat, ExportState


def opened(export: Export, *, actor: Actor, at: datetime) -> FileResponse:
    """Return the file as an attachment that no cache keeps. Raises FileNotReady."""
    if export.state != ExportState.DONE:
        raise FileNotReady(
            sentence("The export is %(state)s; there is no file.", state=export.state), state=export.state
        )
    try:
        file = path_of(export).open("rb")
    except FileNotFoundError as missing:
        raise FileNotReady("The file is no longer there; ask for the export again.", state=export.state) from missing
    record(actor=actor, verb="export.downloaded", subject=export, at=at, after={"sha256": export.sha256})
    answer = FileResponse(
        file, as_attachment=True, filename=export.file_name, content_type=ExportFormat(export.format).media_type
    )
    answer["Cache-Control"] = "private, no-store"
    return answer
