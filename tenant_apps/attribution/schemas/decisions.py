from datetime import datetime
from typing import Any

from ninja import Field, Schema

from tenant_apps.attribution.models import Attribution
from tenant_apps.attribution.rules import verdict_in_english


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
    placement: str


class WhyOut(Schema):
    """Why a touch won or lost: a code for programs, and what its sentence names."""

    code: str
    facts: dict[str, Any]


class VerdictOut(Schema):
    """What became of one touch, and the sentence that tells its participant why."""

    touch: str
    participant: str | None
    channel: str
    at: datetime
    won: bool
    weight: str
    reason: str | None
    why: WhyOut
    explanation: str

    @staticmethod
    def resolve_explanation(verdict: dict[str, Any]) -> str:
        """Return the sentence in plain English."""
        return verdict_in_english(verdict["why"])


class PoolOut(Schema):
    """What a pool of roles had to share (no roles named: all); what nobody got stays with the brand."""

    roles: list[str]
    weight: str
    amount_minor: int
    unclaimed_minor: int


class ChangeOut(Schema):
    """Whose part a version changed against the one before."""

    participant: str
    role: str
    before_minor: int
    after_minor: int


class AttributionOut(Schema):
    """A decision: shares in order of first touch, and a verdict for every touch, losers included.

    A later fact makes a new version: `cause` names the fact, `changes` whose part it moved.
    """

    id: str = Field(alias="public_id")
    order: str = Field(alias="order_ref")
    version: int
    previous: str | None
    cause: str
    changes: list[ChangeOut]
    policy: int = Field(alias="policy.number")
    model: str = Field(alias="policy.terms.model")
    amount_minor: int
    currency: str
    decided_at: datetime
    shares: list[ShareOut]
    verdicts: list[VerdictOut]
    pools: list[PoolOut]

    @staticmethod
    def resolve_previous(attribution: Attribution) -> str | None:
        """The id of the version before; None for the first."""
        return attribution.previous.public_id if attribution.previous else None
