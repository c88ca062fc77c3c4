from datetime import datetime
from decimal import Decimal
from typing import Annotated

from ninja import Field, Schema

from kernel.strict import Strict, Text


class PartnerTermsOut(Schema):
    """What was set for a partner beside its contract; `withholding_rate` is a share such as "0.15".

    Netting is in force while the brand allows it and the partner agreed.
    """

    partner: str = Field(alias="partner_ref")
    withholding_rate: Decimal
    netting_allowed: bool = Field(alias="netting.allowed")
    netting_agreed_at: datetime | None = Field(None, alias="netting.consent.said_at")
    netting_in_force: bool = Field(alias="netting.in_force")


class PartnerTermsIn(Strict):
    """The share of tax to withhold, and whether debts may be set off between brands of one legal entity."""

    withholding_rate: Annotated[Text, Field(max_length=10)]
    netting: bool


class OwnNettingOut(Schema):
    """Whether debts may be set off here, and the words to agree to."""

    allowed: bool
    agreed_at: datetime | None = Field(None, alias="consent.said_at")
    in_force: bool
    text: str
    text_sha256: str = Field(alias="sha256")


class NettingIn(Strict):
    """The hash of the words that were read."""

    text_sha256: Annotated[Text, Field(min_length=64, max_length=64)]
