from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema

from kernel.strict import Strict, Text
from shared_apps.accounts.doors import Ref
from tenant_apps.programs.models import Link, Program


class EnrollmentOut(Schema):
    """A partner's deal with this brand in one role; `recruiter` is the deal that earns levels on it."""

    id: str = Field(alias="public_id")
    program: str = Field(alias="program.name")
    partner: str = Field(alias="partner_ref")
    partner_name: str
    partner_email: str
    role: str
    state: str
    recruiter: str | None = Field(None, alias="recruited_by.public_id")
    enrolled_at: datetime


class RecruiterIn(Strict):
    """The deal of who brought this partner; null for nobody."""

    recruiter: Ref | None


class LinkOut(Schema):
    """A code that credits a partner: in addresses as `?via=` (`link`), or typed with an order (`code`)."""

    id: str = Field(alias="public_id")
    enrollment: str = Field(alias="enrollment.public_id")
    partner: str = Field(alias="enrollment.partner_ref")
    partner_name: str = Field(alias="enrollment.partner_name")
    kind: str
    code: str
    campaign: str
    active: bool
    created_at: datetime


class LinkIn(Strict):
    """The code in letters, digits, - and _, kept in lower case; what it is for, and which campaign it counts to."""

    code: Text = Field(min_length=1, max_length=40)
    kind: Annotated[Link.Kind, Field(strict=False)] = Link.Kind.LINK
    campaign: Annotated[Text, Field(max_length=80)] = ""


class ProgramOut(Schema):
    """A frame of terms, and which versions operators may record in it as signed on paper."""

    id: str = Field(alias="public_id")
    name: str
    on_paper: str


class PaperRuleIn(Strict):
    """Which versions operators may record as signed on paper: never, the first of a deal, or always."""

    on_paper: Annotated[Program.OnPaper, Field(strict=False)]


class OwnVersionOut(Schema):
    """A version of the signed-in partner's own contract."""

    id: str = Field(alias="public_id")
    program: str = Field(alias="enrollment.program.name")
    role: str = Field(alias="enrollment.role")
    number: int
    state: str
    terms: dict[str, Any] = Field(alias="document")
    effective_from: datetime | None
    effective_to: datetime | None
    answered_at: datetime | None = None

    @staticmethod
    def resolve_answered_at(version: Any) -> Any:
        """Return when it was answered, None while it was not."""
        decision = getattr(version, "decision", None)
        return decision.decided_at if decision else None


class OwnChangeOut(Schema):
    """One difference to the version it replaces, with a sentence."""

    kind: str
    field: str
    old: Any
    new: Any
    sentence: str


class OwnReadingOut(Schema):
    """A version in plain words beside the one it replaces; the answer is to this `sha256`."""

    version: OwnVersionOut
    replaces: str | None = Field(None, alias="replaces.public_id")
    said: list[str]
    changes: list[OwnChangeOut] = Field(alias="changes_as_data")
    sha256: str


class AcceptIn(Strict):
    """The hash of what was read, and the partner's name as its signature."""

    read_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    signed: Text = Field(min_length=1, max_length=200)


class DeclineIn(Strict):
    """Why it is declined; the brand reads it."""

    reason: Text = Field(min_length=1, max_length=500)
