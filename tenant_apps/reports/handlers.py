from shared_apps.brands.clock import now
from shared_apps.outbox.subscribing import subscribe
from tenant_apps.reports.actions import advance_export
from tenant_apps.reports.events import ExportAdvanced, ExportRequested


@subscribe(ExportRequested, effect=True)
def begin(event: ExportRequested) -> None:
    """Write the first rows; each chunk then asks for the next, so no delivery outlasts its lease."""
    advance_export(export_ref=event.export_ref, step=0, at=now())


@subscribe(ExportAdvanced, effect=True)
def go_on(event: ExportAdvanced) -> None:
    """Write the rows after those, or put the file together."""
    advance_export(export_ref=event.export_ref, step=event.step, at=now())
