from datetime import datetime
from typing import Any

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import IllegalTransition, InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.programs import rules as decide
from tenant_apps.programs.actions.agreeing import made_version, refuse, refuse_backwards
from tenant_apps.programs.actions.locking import active_deal, locked_deal, locked_version
from tenant_apps.programs.errors import AlreadyProposed, ContractFixed
from tenant_apps.programs.events import ContractProposed, ContractWithdrawn
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.programs.rules import Known, Terms
from tenant_apps.programs.states import CONTRACT, ContractState


@transaction.atomic
def draft_version(
    *, enrollment: Enrollment, terms: object, known: Known, actor: Actor, at: datetime
) -> ContractVersion:
    """Write the next version of a deal as a draft, which binds nobody.

    `terms` is the document `{currency, rules, …}`; `known` is what it may name. Raises InvalidInput with every
    mistake at its field, EnrollmentNotActive; nothing is written then.
    """
    read = _fitting(terms, known)
    version = made_version(active_deal(enrollment.pk), read, at)
    record(actor=actor, verb="contract.drafted", subject=version, at=at, after=version.document)
    return version


@transaction.atomic
def edit_draft(*, version: ContractVersion, terms: object, known: Known, actor: Actor, at: datetime) -> ContractVersion:
    """Replace the terms of a draft. Raises InvalidInput, EnrollmentNotActive, ContractFixed after it was proposed."""
    read = _fitting(terms, known)
    locked = locked_version(version)
    if locked.state != ContractState.DRAFT:
        raise ContractFixed(
            sentence("%(locked)s is %(state)s: its terms do not change any more.", locked=locked, state=locked.state)
        )
    before = locked.document
    for name, value in read.columns.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(read.columns))
    record(actor=actor, verb="contract.edited", subject=locked, at=at, before=before, after=locked.document)
    return locked


@transaction.atomic
def propose(*, version: ContractVersion, known: Known, actor: Actor, at: datetime) -> ContractVersion:
    """Put a draft before the partner; from now on its terms do not change.

    What it names is looked at once more, for a draft may be old. Raises InvalidInput, ContractBackwards,
    AlreadyProposed, EnrollmentNotActive, IllegalTransition.
    """
    locked = locked_version(version)
    CONTRACT.check(ContractState(locked.state), ContractState.PROPOSED)
    _fitting(locked.document, known)
    if not locked.rules:
        raise InvalidInput(field="rules", message="must not be empty: a contract without rules pays nothing")
    refuse_backwards(locked.enrollment_id, locked.currency, max(at, locked.starts_at or at), "starts_at")
    other = ContractVersion.objects.filter(
        enrollment_id=locked.enrollment_id, currency=locked.currency, state=ContractState.PROPOSED
    ).first()
    if other is not None:
        raise AlreadyProposed(sentence("%(other)s waits for the partner's answer; withdraw it first.", other=other))
    change_state(locked, CONTRACT, ContractState.PROPOSED, actor=actor, at=at, proposed_at=at)
    publish(ContractProposed(at=at, partner_ref=locked.enrollment.partner_ref, version_ref=locked.public_id))
    return locked


@transaction.atomic
def withdraw(*, version: ContractVersion, actor: Actor, at: datetime, reason: str = "") -> ContractVersion:
    """Take a draft or a proposal back. Raises IllegalTransition once it was answered."""
    locked_deal(version.enrollment_id)
    current = ContractVersion.objects.select_related("enrollment").get(pk=version.pk)
    if ContractState(current.state).is_agreed:
        raise IllegalTransition(lifecycle=CONTRACT.name, current=current.state, target=ContractState.WITHDRAWN)
    take_back(current, actor=actor, at=at, reason=reason)
    return current


def take_back(version: ContractVersion, *, actor: Actor, at: datetime, reason: str) -> None:
    """Withdraw a version of a deal that is locked; the partner is told when it was proposed."""
    was = version.state
    change_state(version, CONTRACT, ContractState.WITHDRAWN, actor=actor, at=at, reason=reason)
    if was == ContractState.PROPOSED:
        publish(ContractWithdrawn(at=at, partner_ref=version.enrollment.partner_ref, version_ref=version.public_id))


def _fitting(document: Any, known: Known) -> Terms:
    """Read terms and hold them against what is known. Raises InvalidInput."""
    terms = decide.read_terms(document)
    refuse(decide.unknown_in(terms, known))
    return terms
