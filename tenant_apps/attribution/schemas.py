from datetime import datetime

from ninja import Field, Schema


class ShareOut(Schema):
    """What one participant earned of the conversion: an exact fraction and its amount of the whole."""

    enrollment: str = Field(alias="enrollment.public_id")
    partner: str = Field(alias="enrollment.partner_ref")
    partner_name: str = Field(alias="enrollment.partner_name")
    role: str
    numerator: str
    denominator: str
    amount_minor: int
    site: str = Field(alias="site_ref")
    campaign: str


class VerdictOut(Schema):
    """What became of one touch, and the sentence that tells its participant why."""

    touch: str
    participant: str
    channel: str
    at: datetime
    won: bool
    weight: str
    reason: str | None
    explanation: str


class AttributionOut(Schema):
    """A decision: shares in order of first touch, and a verdict for every touch, losers included."""

    id: str = Field(alias="public_id")
    order: str = Field(alias="order_ref")
    version: int
    policy: int = Field(alias="policy.number")
    model: str = Field(alias="policy.terms.model")
    amount_minor: int
    currency: str
    decided_at: datetime
    shares: list[ShareOut]
    verdicts: list[VerdictOut]
