from datetime import datetime
from decimal import Decimal

from ninja import Field, Schema

from kernel.strict import Strict, Text
from tenant_apps.reports.models import Export
from tenant_apps.reports.states import ExportFormat, ExportKind


class OwedTotalOut(Schema):
    """What is owed in one currency and state."""

    currency: str
    state: str
    amount_minor: int
    lines: int


class OwedRowOut(OwedTotalOut):
    """A part of a total: its key is the filter that opens it."""

    key: str
    label: str


class OwedOut(Schema):
    """What is owed: the totals, and their parts by the dimension asked for."""

    totals: list[OwedTotalOut]
    parts: list[OwedRowOut]


class ReversalOut(Schema):
    """What was taken back of what was earned, in one currency; the rate is a fraction with four decimals."""

    currency: str
    earned_minor: int
    taken_back_minor: int
    lines: int
    lines_taken_back: int
    rate: Decimal | None


class WaitOut(Schema):
    """The median time from sale to payable, in days."""

    median_days: Decimal | None
    lines: int


class ZeroPayOut(Schema):
    """Lines that pay nothing, by their reason."""

    reason: str
    currency: str
    lines: int
    base_minor: int


class FairnessOut(Schema):
    """How earnings are treated: what is taken back, how long they wait, what pays nothing and why."""

    reversals: list[ReversalOut]
    days_to_payable: WaitOut
    zero_pay: list[ZeroPayOut]


class ExportIn(Strict):
    """Which rows as which file; filters are the report's, days are the brand's."""

    kind: Text
    format: Text = str(ExportFormat.CSV)
    filters: dict[Text, Text] = Field(default_factory=dict, max_length=10)


class ExportOut(Schema):
    """An export: how far it is, and what the file is when it is done."""

    id: str = Field(alias="public_id")
    kind: ExportKind
    format: ExportFormat
    filters: dict[str, str]
    state: str
    rows_done: int
    rows_total: int
    percent: int
    requested_by: str = Field(alias="requested_by_label")
    requested_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    file_name: str
    size: int
    sha256: str
    failure: str

    @staticmethod
    def resolve_percent(export: Export) -> int:
        """Say how far it is."""
        return export.percent
