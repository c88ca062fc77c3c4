from datetime import datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import Field as Limit

from kernel.strict import Strict, Text
from tenant_apps.attribution.models import Deal

Reason = Annotated[Text, Limit(max_length=300)]
Id = Annotated[Text, Limit(max_length=60)]


class DealIn(Strict):
    """A prospect that a partner registers; e-mail, domain or phone says who it is."""

    enrollment: Id
    company: Annotated[Text, Limit(max_length=160)]
    email: Annotated[Text, Limit(max_length=254)] = ""
    domain: Annotated[Text, Limit(max_length=253)] = ""
    phone: Annotated[Text, Limit(max_length=40)] = ""
    note: Annotated[Text, Limit(max_length=2000)] = ""
    expected_minor: Annotated[int, Limit(ge=0, le=10**15)] = 0


class ReasonIn(Strict):
    """Why it is so decided; the partner reads it."""

    reason: Reason = ""


class ExtendIn(Strict):
    """For how many days more, and why."""

    days: Annotated[int, Limit(ge=1, le=730)]
    reason: Reason = ""


class DealOut(Schema):
    """A registered deal and its clock: qualified, it protects its partner until `protected_until`."""

    id: str = Field(alias="public_id")
    enrollment: str = Field(alias="enrollment.public_id")
    partner: str = Field(alias="enrollment.partner_ref")
    partner_name: str = Field(alias="enrollment.partner_name")
    state: str
    company: str
    email: str
    domain: str
    phone: str
    note: str
    expected_minor: int
    currency: str
    submitted_at: datetime
    qualified_at: datetime | None
    protected_until: datetime | None
    closed_at: datetime | None
    reason: str
    decided_by: str
    beaten_by: str | None
    order: str = Field(alias="order_ref")

    @staticmethod
    def resolve_beaten_by(deal: Deal) -> str | None:
        """The deal that was first."""
        return deal.beaten_by.public_id if deal.beaten_by else None
