"""What the partner host's API takes and tells of a partner: the account itself is taken, never told."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from kernel.strict import Strict, Text
from shared_apps.partners.actions import PayoutFacts, TaxFacts
from shared_apps.partners.states import PayoutMethod, VatStatus

Typed = Annotated[Text, Field(max_length=64)]


class PartnerOut(Schema):
    """A partner the signed-in user acts for."""

    id: str = Field(alias="public_id")
    name: str


class TaxIn(Strict):
    """Name, address and tax of the legal person."""

    legal_name: Annotated[Text, Field(max_length=160)]
    legal_address: Annotated[Text, Field(max_length=500)]
    country: Annotated[Text, Field(max_length=2)]
    vat_status: Literal["registered", "small_business", "private"]
    vat_id: Annotated[Text, Field(max_length=30)] = ""
    tax_number: Annotated[Text, Field(max_length=40)] = ""

    @property
    def facts(self) -> TaxFacts:
        """What was said, as the rules take it."""
        return TaxFacts(**self.model_dump() | {"vat_status": VatStatus(self.vat_status)})


class PayoutIn(Strict):
    """Where the money goes: an account that begins with two letters is an IBAN, any other needs the BIC."""

    method: Literal["bank", "stripe", "manual"]
    holder: Annotated[Text, Field(max_length=70)] = ""
    account: Typed = ""
    bic: Annotated[Text, Field(max_length=14)] = ""
    stripe_account: Typed = ""

    @property
    def facts(self) -> PayoutFacts:
        """What was said, as the rules take it."""
        return PayoutFacts(**self.model_dump() | {"method": PayoutMethod(self.method)})


class TaxOut(Schema):
    """Name, address and tax in force; `unknown` while nothing was said."""

    legal_name: str
    legal_address: str
    country: str
    vat_status: str
    vat_id: str
    tax_number: str


class PayoutOut(Schema):
    """Where the money goes; of the account the last four characters."""

    number: int
    method: str
    holder: str
    account_kind: str | None
    last4: str
    bic: str
    stripe_account: str
    said_at: datetime


class ProfileOut(Schema):
    """What a partner said of itself: `missing` is what it lacks to be paid, `frozen_until` when a change thaws."""

    id: str
    tax: TaxOut
    payout: PayoutOut | None
    frozen_until: datetime | None
    missing: list[str]
