"""What the API says to a partner of its own statements."""

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema

from tenant_apps.commissions.queries import explained


class OwnStatementOut(Schema):
    """A statement of the signed-in partner."""

    id: str = Field(alias="public_id")
    number: str
    version: int
    period: str = Field(alias="settlement.period.label")
    currency: str = Field(alias="settlement.currency")
    net_minor: int = Field(alias="settlement.net_minor")
    payout_minor: int = Field(alias="settlement.payout_minor")
    closing_minor: int = Field(alias="settlement.closing_minor")
    sha256: str
    issued_at: datetime


class OwnStatementDetailOut(Schema):
    """A statement and what it says beside its lines; `later` names the version, `credit_note` what took its place."""

    statement: OwnStatementOut
    later: str | None = Field(None, alias="later.public_id")
    credit_note: str | None = Field(None, alias="credit_note.number")
    head: dict[str, Any]


class StatementStepOut(Schema):
    """One step from the base to the amount, in the reader's language."""

    label: str
    value: str


class TakenFromOut(Schema):
    """The line a clawback takes back from; `statement` is empty when that was never printed."""

    commission: str = Field(alias="ref")
    on: date
    order: str
    amount_minor: int
    statement: str


class OwnStatementLineOut(Schema):
    """A line as the statement froze it."""

    commission: str = Field(alias="ref")
    kind: str
    on: date
    order: str
    order_ref: str
    title: str
    reason: str
    steps: list[StatementStepOut]
    base_minor: int
    rate: str
    amount_minor: int
    original: TakenFromOut | None

    @staticmethod
    def resolve_steps(line: dict[str, Any]) -> list[Any]:
        """Return the frozen steps as the portal says them."""
        return list(explained(line["steps"]))
