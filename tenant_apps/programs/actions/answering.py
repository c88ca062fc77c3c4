from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.programs import rules as decide
from tenant_apps.programs.actions.agreeing import agree, refuse_backwards
from tenant_apps.programs.actions.locking import locked_version
from tenant_apps.programs.errors import NotSigned, ReadingOutdated
from tenant_apps.programs.events import ContractDeclined
from tenant_apps.programs.models import ContractDecision, ContractVersion
from tenant_apps.programs.queries import reading_of
from tenant_apps.programs.states import CONTRACT, ContractState, Verdict


@transaction.atomic
def accept(*, version: ContractVersion, read_sha256: str, signed: str, actor: Actor, at: datetime) -> ContractVersion:
    """Agree, as the partner, to a proposal; it holds from its start on, or from now when that is over.

    `read_sha256` is the hash of the reading that the partner was shown: terms, and how they differ from those
    in effect. `signed` is the partner's name, typed. The deal is locked: of two answers one counts. Raises
    IllegalTransition, NotSigned, ReadingOutdated, ContractBackwards, EnrollmentNotActive.
    """
    locked = locked_version(version)
    CONTRACT.check(ContractState(locked.state), ContractState.ACCEPTED)
    if not decide.same_name(signed, locked.enrollment.partner_name):
        raise NotSigned(
            sentence("Type %(partner_name)s to accept.", partner_name=locked.enrollment.partner_name), field="signed"
        )
    reading = reading_of(locked)
    if read_sha256 != reading.sha256:
        raise ReadingOutdated("The terms in effect have changed since. Read what differs once more.")
    begins = max(at, locked.starts_at or at)
    refuse_backwards(locked.enrollment_id, locked.currency, begins, "starts_at")
    return agree(reading, Verdict.ACCEPTED, effective_from=begins, actor=actor, at=at, note=signed.strip()[:500])


@transaction.atomic
def decline(*, version: ContractVersion, reason: str, actor: Actor, at: datetime) -> ContractVersion:
    """Refuse a proposal, as the partner, with the reason that the brand reads. Raises IllegalTransition, NotSigned."""
    reason = reason.strip()
    if not reason:
        raise NotSigned("Say why you decline.", field="reason")
    locked = locked_version(version)
    reading = reading_of(locked)
    change_state(locked, CONTRACT, ContractState.DECLINED, actor=actor, at=at, reason=reason[:500])
    ContractDecision.objects.create(
        version=locked, verdict=Verdict.DECLINED, terms=locked.document, terms_sha256=decide.digest(locked.document),
        compared_with=reading.replaces, changes=reading.changes_as_data, note=reason[:500], decided_by=actor.id,
        decided_by_label=actor.label, decided_at=at,
    )  # fmt: skip
    publish(ContractDeclined(at=at, partner_ref=locked.enrollment.partner_ref, version_ref=locked.public_id))
    return locked
