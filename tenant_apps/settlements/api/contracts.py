"""The doors of contracts. They stand here, above programs: what terms may name is known where periods close."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.pagination import paginate

from kernel.errors import within
from kernel.strict import Strict, Text
from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.programs import actions
from tenant_apps.programs.policies import may_edit_programs, may_propose_contracts, may_see_programs
from tenant_apps.programs.queries import Reading, all_versions, enrollment_by_ref, reading_of, version_by_ref
from tenant_apps.programs.states import ContractState
from tenant_apps.settlements.queries import known_to_terms

router = Router(tags=["contracts"])


class AnswerOut(Schema):
    """How a version was answered: by the partner, or on paper."""

    verdict: str
    terms_sha256: str
    note: str
    by: str = Field(alias="decided_by_label")
    at: datetime = Field(alias="decided_at")


class VersionOut(Schema):
    """A version of a deal's terms in one currency. `effective_from` is empty until it is agreed on."""

    id: str = Field(alias="public_id")
    enrollment: str = Field(alias="enrollment.public_id")
    partner: str = Field(alias="enrollment.partner_ref")
    partner_name: str = Field(alias="enrollment.partner_name")
    number: int
    state: str
    terms: dict[str, Any] = Field(alias="document")
    effective_from: datetime | None
    effective_to: datetime | None
    answer: AnswerOut | None = None

    @staticmethod
    def resolve_answer(version: Any) -> Any:
        """Return the answer, None while there is none."""
        return getattr(version, "decision", None)


class ChangeOut(Schema):
    """One difference between two versions: `added`, `removed`, `moved` or `changed`, with a sentence."""

    kind: str
    field: str
    old: Any
    new: Any
    sentence: str


class ReadingOut(Schema):
    """A version beside the one it replaces, as its partner reads it; the partner answers to this hash."""

    version: str = Field(alias="version.public_id")
    replaces: str | None = Field(None, alias="replaces.public_id")
    changes: list[ChangeOut] = Field(alias="changes_as_data")
    sha256: str


class TermsIn(Strict):
    """The document of a version: `{currency, rules, hold_days, …}`, read by the commission engine itself."""

    terms: dict[str, Any]


class WhyIn(Strict):
    """Why something is taken back, paused or ended; the partner may read it."""

    reason: Text = Field(min_length=1, max_length=500)


class DealOut(Schema):
    """A partner's deal after its state changed."""

    id: str = Field(alias="public_id")
    partner: str = Field(alias="partner_ref")
    state: str


@router.get("/contracts", response=list[VersionOut])
@door(may_see_programs)
@paginate(Pages)
def contracts(
    request: HttpRequest,  # noqa: ARG001
    state: ContractState | None = None,
    partner: Ref | None = None,
    enrollment: Ref | None = None,
) -> QuerySet[Any]:
    """List versions of contracts, the latest first: of one state, one partner, one deal."""
    wanted = {"state": state, "enrollment__partner_ref": partner, "enrollment__public_id": enrollment}
    return all_versions().filter(**{name: value for name, value in wanted.items() if value})


@router.get("/contracts/{version}", response=VersionOut)
@door(may_see_programs)
def contract(request: HttpRequest, version: Ref) -> Any:  # noqa: ARG001
    """Show one version with its answer."""
    return found(version_by_ref(version))


@router.get("/contracts/{version}/diff", response=ReadingOut)
@door(may_see_programs)
def diff(request: HttpRequest, version: Ref) -> Reading:  # noqa: ARG001
    """Say how a version differs from the one it replaces, sentence by sentence."""
    return reading_of(found(version_by_ref(version)))


@router.post("/partners/enrollments/{enrollment}/contracts", response=VersionOut)
@door(may_propose_contracts)
def draft(request: HttpRequest, enrollment: Ref, payload: TermsIn) -> Any:
    """Draft the next version of a deal; it binds nobody. Every mistake is named at its field."""
    deal = found(enrollment_by_ref(enrollment))
    with within("terms"):
        made = actions.draft_version(
            enrollment=deal, terms=payload.terms, known=known_to_terms(), actor=actor_in(request), at=now()
        )
    return found(version_by_ref(made.public_id))


@router.put("/contracts/{version}", response=VersionOut)
@door(may_propose_contracts)
def edit(request: HttpRequest, version: Ref, payload: TermsIn) -> Any:
    """Replace the terms of a draft."""
    edited = found(version_by_ref(version))
    with within("terms"):
        actions.edit_draft(
            version=edited, terms=payload.terms, known=known_to_terms(), actor=actor_in(request), at=now()
        )
    return found(version_by_ref(version))


@router.post("/contracts/{version}/propose", response=VersionOut)
@door(may_propose_contracts)
def propose(request: HttpRequest, version: Ref) -> Any:
    """Put a draft before the partner, who answers in the portal; its terms do not change any more."""
    proposed = found(version_by_ref(version))
    actions.propose(version=proposed, known=known_to_terms(), actor=actor_in(request), at=now())
    return found(version_by_ref(version))


@router.post("/contracts/{version}/withdraw", response=VersionOut)
@door(may_propose_contracts)
def withdraw(request: HttpRequest, version: Ref, payload: WhyIn) -> Any:
    """Take a draft or a proposal back."""
    taken = found(version_by_ref(version))
    actions.withdraw(version=taken, reason=payload.reason, actor=actor_in(request), at=now())
    return found(version_by_ref(version))


@router.post("/partners/enrollments/{enrollment}/pause", response=DealOut)
@door(may_edit_programs)
def pause(request: HttpRequest, enrollment: Ref, payload: WhyIn) -> Any:
    """Stop a deal for now: its links earn no credit."""
    deal = found(enrollment_by_ref(enrollment))
    return actions.pause_enrollment(enrollment=deal, reason=payload.reason, actor=actor_in(request), at=now())


@router.post("/partners/enrollments/{enrollment}/resume", response=DealOut)
@door(may_edit_programs)
def resume(request: HttpRequest, enrollment: Ref, payload: WhyIn) -> Any:
    """Let a paused deal go on."""
    deal = found(enrollment_by_ref(enrollment))
    return actions.resume_enrollment(enrollment=deal, reason=payload.reason, actor=actor_in(request), at=now())


@router.post("/partners/enrollments/{enrollment}/end", response=DealOut)
@door(may_edit_programs)
def end(request: HttpRequest, enrollment: Ref, payload: WhyIn) -> Any:
    """End a deal and its terms; what was earned stays earned."""
    deal = found(enrollment_by_ref(enrollment))
    return actions.end_enrollment(enrollment=deal, reason=payload.reason, actor=actor_in(request), at=now())
