from datetime import datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import Field as Limit

from kernel.strict import Instant, Strict, Text

Id = Annotated[Text, Limit(max_length=60)]


class AgentEntryIn(Strict):
    """Whom a partner brought, by an operator's word: one order, or a customer and all that comes after."""

    enrollment: Id
    order: Id = ""
    customer: Id = ""
    reason: Annotated[Text, Limit(max_length=300)]
    happened_at: Instant | None = None


class AgentEntryOut(Schema):
    """An operator's word that a partner brought a customer or an order; it competes as a touch of channel agent."""

    id: str = Field(alias="public_id")
    enrollment: str = Field(alias="enrollment.public_id")
    partner: str = Field(alias="enrollment.partner_ref")
    partner_name: str = Field(alias="enrollment.partner_name")
    order: str = Field(alias="order_ref")
    customer: str = Field(alias="customer_ref")
    reason: str
    happened_at: datetime
    entered_by: str
    entered_at: datetime
