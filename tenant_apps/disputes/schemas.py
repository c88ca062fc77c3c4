from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema

from kernel.strict import Strict, Text
from tenant_apps.disputes.models import CreditDispute, Party

Part = Annotated[Text, Field(min_length=1, max_length=20)]
Said = Annotated[Text, Field(min_length=1, max_length=4_000)]
Id = Annotated[Text, Field(max_length=60)]


class ClaimIn(Strict):
    """A claim to be rehearsed: which order, for which enrollment, which part of the whole."""

    order: Id
    enrollment: Id
    claimed: Part


class OpenIn(ClaimIn):
    """A claim to be opened, with its grounds and links to evidence."""

    grounds: Text
    statement: Said
    links: list[Text] = Field(default_factory=list, max_length=10)


class OwnAnswerIn(Strict):
    """What a counterparty says itself, with links to evidence."""

    position: Text
    statement: Said
    links: list[Text] = Field(default_factory=list, max_length=10)


class AnswerIn(OwnAnswerIn):
    """What a counterparty says, told to an operator."""

    enrollment: Id


class DecideIn(Strict):
    """What is granted of the whole (`0` rejects), and why."""

    granted: Part
    reason: Said


class WithdrawIn(Strict):
    """Why a claim is taken back."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class TermsIn(Strict):
    """The brand's terms for claims; what is absent has the house's value."""

    claim_days: int | None = None
    hearing_days: int | None = None
    without_evidence: Text | None = None
    unheard: Text | None = None
    contested: Text | None = None

    def given(self) -> dict[str, Any]:
        """Return the terms that were given."""
        return self.model_dump(exclude_none=True)


class TermsOut(Schema):
    """The brand's terms for claims, and the number of their version; 0 while they are the house's."""

    number: int
    terms: dict[str, Any]


class EvidenceOut(Schema):
    """What a party showed."""

    id: str = Field(alias="public_id")
    by: str = Field(alias="enrollment.public_id")
    url: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_at: datetime


class PartyOut(Schema):
    """A counterparty, its part of the whole when the claim was opened, and what it said."""

    enrollment: str = Field(alias="enrollment.public_id")
    partner: str = Field(alias="enrollment.partner_ref")
    partner_name: str = Field(alias="enrollment.partner_name")
    role: str = Field(alias="enrollment.role")
    share: str
    told_at: datetime | None
    position: str
    statement: str
    spoke_at: datetime | None


class DisputeOut(Schema):
    """A claim to credit; parts are of the whole conversion."""

    id: str = Field(alias="public_id")
    order: str = Field(alias="order_ref")
    order_named: str
    attribution: str = Field(alias="attribution_ref")
    enrollment: str = Field(alias="claimant.public_id")
    partner: str = Field(alias="claimant.partner_ref")
    partner_name: str = Field(alias="claimant.partner_name")
    had: str
    claimed: str
    granted: str
    grounds: str
    statement: str
    state: str
    outcome: str
    opened_at: datetime
    opened_by: str = Field(alias="opened_by_label")
    hear_until: datetime
    closed_at: datetime | None
    closed_by: str = Field(alias="closed_by_label")
    reason: str
    result: str = Field(alias="result_ref")
    parties: list[PartyOut]
    evidence: list[EvidenceOut]

    @staticmethod
    def resolve_parties(dispute: CreditDispute) -> list[Party]:
        """List the counterparties."""
        return list(dispute.parties.all())

    @staticmethod
    def resolve_evidence(dispute: CreditDispute) -> list[Any]:
        """List the evidence."""
        return list(dispute.evidence.all())


class OwnAnswerOut(Schema):
    """What a counterparty says to a claim; who it is stays unsaid."""

    position: str
    statement: str


class OwnEvidenceOut(Schema):
    """What the signed-in partner showed."""

    id: str = Field(alias="public_id")
    url: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_at: datetime


class OwnClaimOut(Schema):
    """A claim the signed-in partner makes (`is_own`) or is heard in; parts are of the whole, `had` its own alone."""

    id: str = Field(alias="dispute.public_id")
    is_own: bool
    order_number: int | None
    order_named: str = Field(alias="dispute.order_named")
    had: str
    claimed: str = Field(alias="dispute.claimed")
    granted: str = Field(alias="dispute.granted")
    grounds: str = Field(alias="dispute.grounds")
    statement: str = Field(alias="dispute.statement")
    state: str = Field(alias="dispute.state")
    outcome: str = Field(alias="dispute.outcome")
    opened_at: datetime = Field(alias="dispute.opened_at")
    hear_until: datetime = Field(alias="dispute.hear_until")
    closed_at: datetime | None = Field(alias="dispute.closed_at")
    reason: str = Field(alias="dispute.reason")
    answers: list[OwnAnswerOut] = Field(alias="said")
    evidence: list[OwnEvidenceOut] = Field(alias="shown")
    other_evidence: int


class MovementOut(Schema):
    """What one participant would have of one line of the order; a loss that was payable comes as a clawback."""

    enrollment: str = Field(alias="enrollment_ref")
    partner: str = Field(alias="partner_ref")
    partner_name: str
    role: str
    line: str = Field(alias="line_ref")
    currency: str
    before_minor: int
    after_minor: int
    difference_minor: int
    clawed_back_minor: int
