from django.db.models import QuerySet

from tenant_apps.reports.models import Export
from tenant_apps.reports.states import ExportState


def all_exports() -> QuerySet[Export]:
    """Return every export, the latest first."""
    return Export.objects.order_by("-pk")


def export_by_ref(ref: str) -> Export | None:
    """Return an export by its public id."""
    return Export.objects.filter(public_id=ref).first()


def open_exports() -> QuerySet[Export]:
    """Return the exports that are being worked on or wait for it, the oldest first."""
    return Export.objects.filter(state__in=[ExportState.QUEUED, ExportState.RUNNING]).order_by("pk")
