from datetime import date, datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import BeforeValidator

from kernel.strict import Strict, Text
from tenant_apps.commissions.rules import in_english
from tenant_apps.reports.states import Customers, ExportFormat, SimulatedKind, SimulationState


def _day(value: object) -> date:
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("must be a day such as 2026-06-30")
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_day)]


class SimulationIn(Strict):
    """Which terms are tried, on whose deals, over which days of the brand, both inside.

    `versions` are tried on their own deals, or one of them on the deals named by `enrollments` or `program`;
    `terms`, a whole contract document, needs deals that are named.
    """

    versions: list[Text] = Field(default_factory=list, max_length=500)
    terms: dict[str, Any] | None = None
    enrollments: list[Text] = Field(default_factory=list, max_length=500)
    program: Text = ""
    since: Day
    until: Day
    customers: Text = str(Customers.ALL)


class SimulationOut(Schema):
    """A simulation: what it tries, and how far it is."""

    id: str = Field(alias="public_id")
    title: str
    since: date
    until: date
    customers: Customers
    state: SimulationState
    rows_done: int
    rows_total: int
    percent: int
    requested_by: str = Field(alias="requested_by_label")
    requested_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    failure: str


class BesideOut(Schema):
    """What was booked beside what it would have been, in one currency; `key` is a currency, rule or month."""

    key: str
    currency: str
    booked_minor: int
    simulated_minor: int
    difference_minor: int
    lines: int
    changed: int


class SimulationResultOut(Schema):
    """A simulation and what came of it; currencies are never summed."""

    simulation: SimulationOut
    totals: list[BesideOut]
    rules: list[BesideOut]
    months: list[BesideOut]


class SimulatedPartnerOut(Schema):
    """A partner that gains or loses, in one currency."""

    partner: str
    partner_name: str
    currency: str
    booked_minor: int = Field(alias="booked")
    simulated_minor: int = Field(alias="simulated")
    difference_minor: int = Field(alias="difference")
    lines: int = Field(alias="all_lines")
    changed: int = Field(alias="differing")


class SimulatedStepOut(Schema):
    """A step of the computation: its code and facts, and both in plain English."""

    code: str
    facts: dict[str, Any]
    label: str
    value: str

    @staticmethod
    def resolve_label(step: dict[str, Any]) -> str:
        """Return what the step is."""
        return in_english(step)["label"]

    @staticmethod
    def resolve_value(step: dict[str, Any]) -> str:
        """Return what came out of it."""
        return in_english(step)["value"]


class SimulatedLineOut(Schema):
    """A line that differs: as it was booked, as it would have been, and the steps of the latter."""

    kind: SimulatedKind
    month: str
    partner: str = Field(alias="enrollment.partner_ref")
    enrollment: str = Field(alias="enrollment.public_id")
    order: str = Field(alias="order_ref")
    line: str = Field(alias="line_ref")
    level: int
    period: str
    commission: str = Field(alias="commission_ref")
    currency: str
    rule_booked: str
    reason_booked: str
    booked_minor: int
    rule_simulated: str
    reason_simulated: str
    simulated_minor: int
    difference_minor: int
    steps: list[SimulatedStepOut] = Field(alias="explanation")


class SimulationExportIn(Strict):
    """As which file the lines are asked for."""

    format: Text = str(ExportFormat.CSV)
