from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import Field as Limit

from kernel.strict import Instant, Strict, Text
from tenant_apps.attribution.models import Policy
from tenant_apps.attribution.queries import changes_of_policy


class PolicyIn(Strict):
    """The next version of the brand's policy, or of what a program says over it; `{}` says nothing over it."""

    terms: dict[str, Any]
    program: Annotated[Text, Limit(max_length=60)] = ""
    effective_from: Instant | None = None


class PolicyOut(Schema):
    """A version of a policy; `program` is null for the brand's own."""

    id: str = Field(alias="public_id")
    program: str | None
    number: int
    terms: dict[str, Any]
    effective_from: datetime
    set_by: str
    set_at: datetime

    @staticmethod
    def resolve_program(policy: Policy) -> str | None:
        """The program that says so; None for the brand."""
        return policy.program.public_id if policy.program else None


class TermChangeOut(Schema):
    """One term that differs; null where it did not stand or does not any more."""

    term: str
    before: Any = None
    after: Any = None


class PolicyDetailOut(PolicyOut):
    """A version with what differs from the one before it."""

    changes: list[TermChangeOut]

    @staticmethod
    def resolve_changes(policy: Policy) -> list[object]:
        """What differs from the version before."""
        return list(changes_of_policy(policy))
