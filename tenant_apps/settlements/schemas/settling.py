import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import BeforeValidator

from kernel.periods import Cadence
from kernel.strict import Strict, Text
from tenant_apps.settlements.models import BatchFile, Payout, PayoutBatch, Settlement
from tenant_apps.settlements.queries import why_unpaid


def day(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a day such as 2026-06-01")
    return date.fromisoformat(value)


class OpenPeriodOut(Schema):
    """A period that has ended and can be closed."""

    label: str
    starts_at: datetime
    ends_at: datetime


class PeriodOut(Schema):
    """A month, half-month or week of the brand's calendar, half-open in its time zone."""

    id: str = Field(alias="public_id")
    label: str
    state: str
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    closed_by: str = Field(alias="closed_by_label")


class CadenceOut(Schema):
    """From this day on the brand closes by month, half-month or week."""

    id: str = Field(alias="public_id")
    cadence: Cadence
    starts_on: date
    decided_at: datetime
    decided_by: str = Field(alias="decided_by_label")


class CadenceIn(Strict):
    """How often periods close, from a day on that begins one in the brand's zone."""

    cadence: Annotated[Cadence, Field(strict=False)]
    starts_on: Annotated[date, BeforeValidator(day)]


class ApprovedOut(Schema):
    """How many drafts were approved."""

    approved: int


class PayoutOut(Schema):
    """Money on its way to a partner."""

    id: str = Field(alias="public_id")
    settlement: str = Field(alias="settlement.public_id")
    amount_minor: int
    returned_minor: int
    currency: str
    state: str
    attempt: int
    method: str
    reference: str
    failure: str
    requested_at: datetime
    paid_at: datetime | None


class SettlementOut(Schema):
    """What a period comes to for one partner in one currency; `unpaid_because` is empty when it pays."""

    id: str = Field(alias="public_id")
    period: str = Field(alias="period.label")
    partner: str = Field(alias="partner_ref")
    partner_name: str
    currency: str
    state: str
    opening_minor: int
    earned_minor: int
    clawback_minor: int
    net_minor: int
    adjustment_minor: int
    vat_minor: int
    vat_rate: Decimal
    vat_treatment: str
    vat_place: str
    withholding_minor: int
    withholding_rate: Decimal
    reserve_held_minor: int
    reserve_released_minor: int
    reserve_until: datetime | None
    payout_minor: int
    closing_minor: int
    next_opening_minor: int
    minimum_payout_minor: int
    negative: str
    unpaid_because: str
    statement: str | None
    payout: str | None
    drafted_at: datetime
    approved_at: datetime | None
    approved_by: str = Field(alias="approved_by_label")

    @staticmethod
    def resolve_unpaid_because(settlement: Settlement) -> str:
        """Say why nothing is paid."""
        return why_unpaid(settlement)

    @staticmethod
    def resolve_statement(settlement: Settlement) -> str | None:
        """Name the latest statement."""
        issued = list(settlement.statements.all())
        return issued[0].public_id if issued else None

    @staticmethod
    def resolve_payout(settlement: Settlement) -> str | None:
        """Name the payout."""
        payout: Payout | None = getattr(settlement, "payout", None)
        return payout.public_id if payout else None


class LineOut(Schema):
    """A commission in its settlement."""

    commission: str = Field(alias="commission.public_id")
    kind: str = Field(alias="commission.kind")
    order: str = Field(alias="commission.order_ref")
    rule: str = Field(alias="commission.rule")
    reason: str = Field(alias="commission.reason")
    amount_minor: int
    accrued_at: datetime = Field(alias="commission.accrued_at")


class StatementOut(Schema):
    """A statement as it stands in a list."""

    id: str = Field(alias="public_id")
    number: str
    version: int
    settlement: str = Field(alias="settlement.public_id")
    period: str = Field(alias="settlement.period.label")
    partner: str = Field(alias="settlement.partner_ref")
    currency: str = Field(alias="settlement.currency")
    net_minor: int = Field(alias="settlement.net_minor")
    payout_minor: int = Field(alias="settlement.payout_minor")
    closing_minor: int = Field(alias="settlement.closing_minor")
    sha256: str
    issued_at: datetime


class StatementDetailOut(StatementOut):
    """A statement with the snapshot it is printed from; its canonical JSON hashes to `sha256`."""

    snapshot: dict[str, Any]


class ConfirmIn(Strict):
    """The bank's reference of a payout that arrived."""

    reference: Annotated[Text, Field(min_length=1, max_length=120)]


class ConfirmPayoutIn(ConfirmIn):
    """The bank's reference of a payout that arrived; `attempt` is the one it is said of."""

    attempt: Annotated[int, Field(ge=1, le=32_767)] = 1


class FailIn(Strict):
    """Why a payout came back; `attempt` is the one it is said of."""

    reason: Annotated[Text, Field(min_length=1, max_length=200)]
    attempt: Annotated[int, Field(ge=1, le=32_767)] = 1


class BatchOut(Schema):
    """Payouts that leave together; `sha256` is of the file's bytes, empty before it was written."""

    id: str = Field(alias="public_id")
    method: str
    currency: str
    count: int
    total_minor: int
    state: str
    execute_on: date | None
    made_at: datetime
    made_by: str = Field(alias="made_by_label")
    approved_at: datetime | None
    approved_by: str = Field(alias="approved_by_label")
    sent_at: datetime | None
    sha256: str

    @staticmethod
    def resolve_sha256(batch: PayoutBatch) -> str:
        """Name the file's hash."""
        file: BatchFile | None = getattr(batch, "file", None)
        return file.sha256 if file else ""


class ItemOut(Schema):
    """A row of a batch: one attempt of a payout, and where it goes."""

    payout: str = Field(alias="payout.public_id")
    settlement: str = Field(alias="payout.settlement.public_id")
    attempt: int
    position: int
    partner: str = Field(alias="partner_ref")
    partner_name: str
    amount_minor: int
    currency: str
    holder: str
    last4: str = Field(alias="account_last4")
    bic: str
    stripe_account: str
    purpose: str


class CandidateOut(Schema):
    """A settlement that waits to be paid out; `blocked_because` is empty when it may leave."""

    settlement: str
    partner: str
    partner_name: str
    amount_minor: int
    currency: str
    blocked_because: str
    gaps: list[str]
    refused: str
    frozen_until: datetime | None


class PayoutProfileOut(Schema):
    """Where a partner wants its money; of the account the last four characters."""

    partner: str
    gaps: list[str]
    method: str
    holder: str
    last4: str
    bic: str
    stripe_account: str
    frozen_until: datetime | None


class BatchIn(Strict):
    """By which method and in which currency; without `settlements` all that may leave."""

    method: Annotated[str, Field(pattern=r"^(sepa|csv|manual)$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    settlements: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(min_length=1, max_length=1000)] | None = (
        None
    )


class WithdrawIn(Strict):
    """Why a batch is taken back; once its file was written, `file_unused` says that no bank has it."""

    reason: Annotated[Text, Field(min_length=1, max_length=200)]
    file_unused: bool = False
