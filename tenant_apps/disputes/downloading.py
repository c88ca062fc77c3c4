"""Handing out what a party showed: always as an attachment, never as a page of ours."""

from django.http import FileResponse

from kernel.errors import NotFound
from tenant_apps.disputes.files import path_of
from tenant_apps.disputes.models import Evidence


def evidence_file(evidence: Evidence) -> FileResponse:
    """Return the file. Raises NotFound for a link, and for a file that is not there."""
    path = path_of(evidence.dispute.public_id, evidence.sha256)
    if not evidence.sha256 or not path.exists():
        raise NotFound
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=evidence.name, content_type=evidence.media_type)
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
