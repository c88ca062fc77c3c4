from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from kernel.strict import Strict, Text


class ProviderEventOut(Schema):
    """An event of the payment provider as it came; `note` says why it is parked or how it was resolved."""

    id: str = Field(alias="public_id")
    event_id: str
    type: str
    state: str
    note: str
    account: str = Field(alias="account_id")
    received_at: datetime
    worked_off_at: datetime | None


class DismissIn(Strict):
    """What was done about an event that is not booked."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]
