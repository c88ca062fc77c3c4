from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema

from kernel.strict import Strict, Text
from tenant_apps.settlements.models import Adjustment


class ReasonIn(Strict):
    """Why, in words that the partner may read."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class ChangeOut(Schema):
    """One thing that the next version says otherwise."""

    field: str
    before: str
    after: str


class DifferenceOut(Schema):
    """What a statement would say otherwise by what is known now; nothing to correct without changes."""

    vat_minor: int
    changes: list[ChangeOut]


class CorrectionOut(Schema):
    """A proposed or decided correction; `vat_difference_minor` is positive in the partner's favour."""

    id: str = Field(alias="public_id")
    statement: str = Field(alias="statement.public_id")
    number: str = Field(alias="statement.number")
    reason: str
    facts: dict[str, Any]
    vat_minor: int
    vat_difference_minor: int
    state: str
    proposed_at: datetime
    proposed_by: str = Field(alias="proposed_by_label")
    decided_at: datetime | None
    decided_by: str = Field(alias="decided_by_label")


class CreditNoteOut(Schema):
    """A credit note: it cancels a version of a statement whole."""

    id: str = Field(alias="public_id")
    number: str
    statement: str = Field(alias="statement.public_id")
    cancels: str = Field(alias="statement.number")
    partner: str = Field(alias="statement.settlement.partner_ref")
    currency: str = Field(alias="statement.settlement.currency")
    sha256: str
    issued_at: datetime


class CreditNoteDetailOut(CreditNoteOut):
    """A credit note with the snapshot it is printed from; its canonical JSON hashes to `sha256`."""

    snapshot: dict[str, Any]


class AdjustmentIn(Strict):
    """An amount that no line explains, positive in the partner's favour."""

    partner: Annotated[Text, Field(max_length=40)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount_minor: Annotated[int, Field(ge=-(10**15), le=10**15)]
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class WriteOffIn(Strict):
    """The debt of a partner who has left; without an amount all of it."""

    partner: Annotated[Text, Field(max_length=40)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount_minor: Annotated[int, Field(ge=1, le=10**15)] | None = None
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class SetOffIn(Strict):
    """What a partner owes another brand of the same legal entity, kept of what this one owes; empty: all there is."""

    partner: Annotated[Text, Field(max_length=40)]
    brand: Annotated[Text, Field(max_length=40)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount_minor: Annotated[int, Field(ge=1, le=10**15)] | None = None
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class PossibleSetOffOut(Schema):
    """A debt at another brand of the legal entity that may be set off now: at most `most_minor`."""

    partner: str = Field(alias="partner_ref")
    partner_name: str
    brand: str = Field(alias="brand.public_id")
    brand_name: str = Field(alias="brand.name")
    currency: str
    most_minor: int


class AdjustmentOut(Schema):
    """A proposed or decided adjustment; `settlement` is the one that took it in, `brand` the other one of a set-off."""

    id: str = Field(alias="public_id")
    kind: str
    partner: str = Field(alias="partner_ref")
    partner_name: str
    currency: str
    amount_minor: int
    reason: str
    cause: str = Field(alias="cause_ref")
    brand: str = Field(alias="other_brand")
    brand_name: str = Field(alias="other_brand_name")
    state: str
    settlement: str | None
    proposed_at: datetime
    proposed_by: str = Field(alias="proposed_by_label")
    decided_at: datetime | None
    decided_by: str = Field(alias="decided_by_label")

    @staticmethod
    def resolve_settlement(adjustment: Adjustment) -> str | None:
        """Name the settlement."""
        return adjustment.settlement.public_id if adjustment.settlement else None
