from datetime import date, datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import ConfigDict

from kernel.strict import Instant, Strict, Text
from shared_apps.accounts.doors import Ref
from tenant_apps.commissions.queries import OwnLine, Selection, explained
from tenant_apps.commissions.rules import in_english
from tenant_apps.commissions.states import Kind
from tenant_apps.programs.states import ManualLines

MOST_MINOR = 10**15


class StepOut(Schema):
    """One step from the base to the amount: its code and facts, and both in plain English."""

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
    sale_currency: str
    exchange_rate: str
    explanation: list[StepOut]
    reverses: str | None = Field(None, alias="reverses.public_id")
    cause: str = Field(alias="cause_ref")
    replaced_by: str = Field(alias="voided_by")
    accrued_at: datetime
    matures_at: datetime
    confirmed_at: datetime | None
    payable_at: datetime | None
    paid_at: datetime | None

    @staticmethod
    def resolve_exchange_rate(line: Any) -> str:
        """Return the frozen rate as a plain decimal string; "1" where nothing was converted."""
        return f"{line.exchange_rate.normalize():f}"


class OwnCommissionOut(Schema):
    """A line of the signed-in partner; `decision` says how its touches were judged, `reverses` what it takes back."""

    id: str = Field(alias="line.public_id")
    kind: str = Field(alias="line.kind")
    state: str = Field(alias="line.state")
    order: str = Field(alias="line.order_ref")
    order_number: int | None = Field(None, alias="sold.order_number")
    title: str | None = Field(None, alias="sold.title")
    quantity: int | None = Field(None, alias="sold.quantity")
    decision: str = Field(alias="line.attribution_ref")
    contract: str | None = Field(None, alias="line.contract_version.public_id")
    reason: str = Field(alias="line.reason")
    base_minor: int = Field(alias="line.base_minor")
    amount_minor: int = Field(alias="line.amount_minor")
    currency: str = Field(alias="line.currency")
    reverses: str | None = Field(None, alias="line.reverses.public_id")
    accrued_at: datetime = Field(alias="line.accrued_at")
    matures_at: datetime = Field(alias="line.matures_at")
    payable_at: datetime | None = Field(alias="line.payable_at")
    paid_at: datetime | None = Field(alias="line.paid_at")


class OwnStepOut(Schema):
    """One step from the base to the amount, in the reader's language."""

    label: str
    value: str


class OwnExplainedOut(OwnCommissionOut):
    """A line of the signed-in partner with the steps that made it."""

    explanation: list[OwnStepOut]

    @staticmethod
    def resolve_explanation(told: OwnLine) -> list[Any]:
        """Return the stored steps as the portal says them."""
        return list(explained(told.line.explanation))


class ReasonIn(Schema):
    """Why somebody holds, releases or cancels a commission."""

    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(min_length=1, max_length=500)


class SelectionIn(Strict):
    """Which pending lines are meant; what is left out does not matter. `accrued_before` is outside, all else inside."""

    partner: Ref | None = None
    order: Ref | None = None
    program: Ref | None = None
    rule: Text = Field("", max_length=60)
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    kind: Annotated[Kind, Field(strict=False)] | None = None
    accrued_from: Instant | None = None
    accrued_before: Instant | None = None
    min_amount_minor: int | None = Field(None, ge=-MOST_MINOR, le=MOST_MINOR)
    max_amount_minor: int | None = Field(None, ge=-MOST_MINOR, le=MOST_MINOR)

    def selection(self) -> Selection:
        """Return it as the queries know it."""
        return Selection(
            partner=self.partner or "", order=self.order or "", program=self.program or "", rule=self.rule,
            currency=self.currency or "", kind=self.kind or "", accrued_from=self.accrued_from,
            accrued_before=self.accrued_before, min_amount_minor=self.min_amount_minor,
            max_amount_minor=self.max_amount_minor,
        )  # fmt: skip


class ConfirmIn(SelectionIn):
    """The selection that was previewed, and the preview's digest."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    reason: Text = Field("", max_length=500)


class ChosenOut(Schema):
    """What a selection holds of one partner in one currency."""

    partner: str
    partner_name: str
    currency: str
    lines: int
    total_minor: int


class SelectionOut(Schema):
    """Lines and totals of a selection; `held` lines are left out. Confirm by the digest."""

    lines: int
    held: int
    totals: dict[str, int]
    chosen: list[ChosenOut]
    digest: str


class HeldIn(Strict):
    """Which held lines without a price are meant; what is left out does not matter. `accrued_before` is outside."""

    partner: Ref | None = None
    order: Ref | None = None
    program: Ref | None = None
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    accrued_from: Instant | None = None
    accrued_before: Instant | None = None

    def selection(self) -> Selection:
        """Return it as the queries know it."""
        return Selection(
            partner=self.partner or "", order=self.order or "", program=self.program or "",
            currency=self.currency or "", accrued_from=self.accrued_from, accrued_before=self.accrued_before,
        )  # fmt: skip


class PriceIn(HeldIn):
    """The selection that was previewed, and the preview's digest."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    reason: Text = Field("", max_length=500)


class PriceOneIn(Strict):
    """Why a held line is priced now, if there is more to say than its new terms do."""

    reason: Text = Field("", max_length=500)


class PricedOut(Schema):
    """A held line and what prices it: contract, rule, amount; `left` says why it stays as it is instead."""

    held: str = Field(alias="held.public_id")
    held_for: str = Field(alias="held.reason")
    partner: str = Field(alias="held.partner_ref")
    order: str = Field(alias="held.order_ref")
    line: str = Field(alias="held.line_ref")
    contract: str
    rule: str
    reason: str
    amount_minor: int
    currency: str
    left: str


class PricingOut(Schema):
    """What pricing comes to: `lines` get their price, `left` stay held; `moved` is all that is written for it."""

    lines: int
    left: int
    totals: dict[str, int]
    rows: list[PricedOut]
    moved: list[ChosenOut]
    digest: str


class ManualLineIn(Strict):
    """What a person decides beside the rules; negative when the partner owes it.

    `hold` is obey or bypass; without it the contract says.
    """

    amount_minor: int = Field(ge=-MOST_MINOR, le=MOST_MINOR)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    reason: Text = Field(min_length=1, max_length=500)
    order: Ref | None = None
    line: Ref | None = None
    hold: Annotated[ManualLines, Field(strict=False)] | None = None


class ExchangeRateIn(Strict):
    """What one unit of `base` was worth in `quote` on a day, as a plain decimal string, and where that is from."""

    base: str = Field(pattern=r"^[A-Z]{3}$")
    quote: str = Field(pattern=r"^[A-Z]{3}$")
    rate: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,10})?$")
    day: Annotated[date, Field(strict=False)]
    source: Text = Field(min_length=1, max_length=80)


class ExchangeRateOut(Schema):
    """A recorded rate; of one day the one recorded last counts for what is accrued later."""

    id: str = Field(alias="public_id")
    base: str
    quote: str
    rate: str
    day: date
    source: str
    entered_by: str
    recorded_at: datetime

    @staticmethod
    def resolve_rate(rate: Any) -> str:
        """Return the rate as a plain decimal string."""
        return f"{rate.rate.normalize():f}"
