from enum import StrEnum

from kernel.lifecycle import Lifecycle


class ExportState(StrEnum):
    """An export waits for a worker, runs in chunks, and ends as a file; the file is kept for a while."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        return self in (ExportState.QUEUED, ExportState.RUNNING)


EXPORT = Lifecycle(
    "export",
    {
        ExportState.QUEUED: {ExportState.RUNNING, ExportState.FAILED},
        ExportState.RUNNING: {ExportState.DONE, ExportState.FAILED},
        ExportState.DONE: {ExportState.EXPIRED},
        ExportState.FAILED: set(),
        ExportState.EXPIRED: set(),
    },
)


class ExportKind(StrEnum):
    """Which rows are handed out."""

    COMMISSIONS = "commissions"
    TRANSFERS = "transfers"
    SETTLEMENTS = "settlements"
    STATEMENT_LINES = "statement_lines"
    ATTRIBUTIONS = "attributions"
    ORDERS = "orders"


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return {
            ExportFormat.CSV: "text/csv; charset=utf-8",
            ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self]


class Dimension(StrEnum):
    """By what a total opens to its parts."""

    STATE = "state"
    PARTNER = "partner"
    SITE = "site"
    CAMPAIGN = "campaign"
    ROLE = "role"
    PROGRAM = "program"
    MONTH = "month"
