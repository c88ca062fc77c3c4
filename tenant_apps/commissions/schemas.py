from datetime import datetime

from ninja import Field, Schema
from pydantic import ConfigDict

from kernel.strict import Text


class StepOut(Schema):
    """One step from the base to the amount."""

    label: str
    value: str


class CommissionOut(Schema):
    """A line that explains itself: an earning, or a reversal or clawback that points at one."""

    id: str = Field(alias="public_id")
    kind: str
    state: str
    partner: str = Field(alias="partner_ref")
    partner_name: str = Field(alias="enrollment.partner_name")
    order: str = Field(alias="order_ref")
    line: str = Field(alias="line_ref")
    attribution: str = Field(alias="attribution_ref")
    contract: str | None = Field(None, alias="contract_version.public_id")
    rule: str
    reason: str
    share: str
    base_minor: int
    amount_minor: int
    currency: str
    explanation: list[StepOut]
    reverses: str | None = Field(None, alias="reverses.public_id")
    cause: str = Field(alias="cause_ref")
    accrued_at: datetime
    matures_at: datetime
    confirmed_at: datetime | None
    payable_at: datetime | None
    paid_at: datetime | None


class ReasonIn(Schema):
    """Why somebody holds, releases or cancels a commission."""

    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(min_length=1, max_length=500)
