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


class SimulationState(StrEnum):
    """A simulation waits for a worker, runs in chunks of sales, and ends as a result; until then it can be canceled.

    The result is kept for a while; expired, only who asked for what is left.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        return self in (SimulationState.QUEUED, SimulationState.RUNNING)


SIMULATION = Lifecycle(
    "simulation",
    {
        SimulationState.QUEUED: {SimulationState.RUNNING, SimulationState.FAILED, SimulationState.CANCELED},
        SimulationState.RUNNING: {SimulationState.DONE, SimulationState.FAILED, SimulationState.CANCELED},
        SimulationState.DONE: {SimulationState.EXPIRED},
        SimulationState.FAILED: set(),
        SimulationState.CANCELED: set(),
        SimulationState.EXPIRED: set(),
    },
)


class Customers(StrEnum):
    """Whose orders the tried terms pay: everybody's, or of customers whose first order lies in the period.

    `new` is how pinned terms begin: customers from before keep what they have.
    """

    ALL = "all"
    NEW = "new"


class SimulatedKind(StrEnum):
    """What a line of a simulation is beside what was really booked."""

    SALE = "sale"
    LEVEL = "level"
    RETURN = "return"
    PERIOD = "period"
    BEFORE = "before"
    """A sale from before the period whose money came back in it: carried along, in no total."""


class ExportKind(StrEnum):
    """Which rows are handed out."""

    COMMISSIONS = "commissions"
    TRANSFERS = "transfers"
    SETTLEMENTS = "settlements"
    STATEMENT_LINES = "statement_lines"
    ATTRIBUTIONS = "attributions"
    ORDERS = "orders"
    SIMULATION = "simulation"


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"

    @property
    def media_type(self) -> str:
        return {
            ExportFormat.CSV: "text/csv; charset=utf-8",
            ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ExportFormat.JSON: "application/json",
        }[self]


class Dimension(StrEnum):
    """By what a total opens to its parts."""

    STATE = "state"
    PARTNER = "partner"
    SITE = "site"
    CAMPAIGN = "campaign"
    PLACEMENT = "placement"
    ROLE = "role"
    PROGRAM = "program"
    MONTH = "month"
