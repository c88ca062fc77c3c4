"""What the API says to a partner of decisions and of the deals it registered. Others stay unnamed."""

from datetime import datetime

from ninja import Field, Schema

from tenant_apps.attribution.models import Deal
from tenant_apps.attribution.rules.facts import Reason


class OwnVerdictOut(Schema):
    """How a touch of the signed-in partner was judged: `weight` is its part of the whole; without a reason it won."""

    channel: str
    at: datetime
    won: bool
    weight: str
    reason: Reason | None


class OwnDecisionOut(Schema):
    """A decision about a sale in which a touch of the partner was considered; `others` counts the touches of others."""

    id: str = Field(alias="decision.public_id")
    order: str = Field(alias="decision.order_ref")
    order_number: int | None
    version: int = Field(alias="decision.version")
    decided_at: datetime = Field(alias="decision.decided_at")
    currency: str = Field(alias="decision.currency")
    part_minor: int | None
    by_person: bool
    verdicts: list[OwnVerdictOut]
    others: int


class OwnDealOut(Schema):
    """A deal the partner registered and its clock; where another was first, `taken_until` says how long, not whose."""

    id: str = Field(alias="public_id")
    enrollment: str = Field(alias="enrollment.public_id")
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
    taken_until: datetime | None

    @staticmethod
    def resolve_taken_until(deal: Deal) -> datetime | None:
        """Return until when the registration that came first protects."""
        return deal.beaten_by.protected_until if deal.beaten_by else None
