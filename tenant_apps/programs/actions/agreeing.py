from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.programs import rules as decide
from tenant_apps.programs.actions.locking import active_deal
from tenant_apps.programs.errors import ContractBackwards
from tenant_apps.programs.events import ContractAccepted, ContractEnded, ContractInEffect, ContractWithdrawn
from tenant_apps.programs.models import ContractDecision, ContractVersion, Enrollment
from tenant_apps.programs.queries import Reading, open_version, reading_of
from tenant_apps.programs.rules import Known, Terms
from tenant_apps.programs.states import CONTRACT, ContractState, Verdict


@transaction.atomic
def set_contract(
    *, enrollment: Enrollment, currency: str, rules: list[Any], effective_from: datetime, actor: Actor, at: datetime,
    note: str = "", known: Known | None = None, **beside: Any,
) -> ContractVersion:  # fmt: skip
    """Record terms that were agreed on outside, on paper: they hold from an instant on, without an answer here.

    The open version of the currency ends where this one begins. `beside` are the other fields of the
    document (hold_days, minimum_payout_minor, negative, pinning, clawback, reserve, levels, bonuses);
    what was agreed in the past may begin in the past, but in no closed period of `known`. Raises
    InvalidInput naming the field (`rules[1].pay.rate`), EnrollmentNotActive, ContractBackwards.
    """
    terms = decide.read_terms({"currency": currency, "rules": rules, "starts_at": effective_from.isoformat()} | beside)
    if known is not None:
        refuse(decide.unknown_in(terms, known))
    locked = active_deal(enrollment.pk)
    refuse_backwards(locked.pk, currency, effective_from, "effective_from")
    reading = reading_of(made_version(locked, terms, at))
    agree(reading, Verdict.RECORDED, effective_from=effective_from, actor=actor, at=at, note=note)
    record(
        actor=actor, verb="contract.set", subject=reading.version, at=at, reason=note,
        after={"number": reading.version.number, "currency": currency, "rules": rules,
               "from": effective_from.isoformat()},
    )  # fmt: skip
    return reading.version


def agree(
    reading: Reading, verdict: Verdict, *, effective_from: datetime, actor: Actor, at: datetime, note: str
) -> ContractVersion:
    """Freeze what was read and agreed on, end the version it replaces, and let this one hold from its instant on."""
    version, replaced = reading.version, reading.replaces
    if replaced is not None:
        # Its times change now; what people see changes when the instant comes.
        ContractVersion.objects.filter(pk=replaced.pk).update(effective_to=effective_from)
        replaced.effective_to = effective_from
    ContractDecision.objects.create(
        version=version, verdict=verdict, terms=version.document, terms_sha256=decide.digest(version.document),
        compared_with=replaced, changes=reading.changes_as_data, note=note, decided_by=actor.person,
        decided_by_label=actor.label, decided_at=at,
    )  # fmt: skip
    change_state(
        version, CONTRACT, ContractState.ACCEPTED, actor=actor, at=at, reason=note, effective_from=effective_from
    )
    partner = version.enrollment.partner_ref
    publish(ContractAccepted(at=at, partner_ref=partner, version_ref=version.public_id))
    show_in_time([reading for reading in (replaced, version) if reading is not None], actor=actor, at=at)
    return version


def show_in_time(versions: list[ContractVersion], *, actor: Actor, at: datetime) -> int:
    """Say `effective` and `ended` of versions whose instants have come; return how many were moved."""
    moved = 0
    for version in versions:
        partner, ref = version.enrollment.partner_ref, version.public_id
        if version.state == ContractState.ACCEPTED and version.effective_from and version.effective_from <= at:
            change_state(version, CONTRACT, ContractState.EFFECTIVE, actor=actor, at=at)
            publish(ContractInEffect(at=at, partner_ref=partner, version_ref=ref))
            moved += 1
        if version.state == ContractState.EFFECTIVE and version.effective_to and version.effective_to <= at:
            change_state(version, CONTRACT, ContractState.ENDED, actor=actor, at=at)
            publish(ContractEnded(at=at, partner_ref=partner, version_ref=ref))
            moved += 1
    return moved


def end_version(version: ContractVersion, *, actor: Actor, at: datetime, reason: str) -> None:
    """End agreed terms at an instant, without others that follow; what has not begun by then never begins."""
    if version.effective_from is None or version.effective_from >= at:
        change_state(
            version, CONTRACT, ContractState.WITHDRAWN, actor=actor, at=at, reason=reason, effective_from=None,
            effective_to=None,
        )  # fmt: skip
        partner = version.enrollment.partner_ref
        publish(ContractWithdrawn(at=at, partner_ref=partner, version_ref=version.public_id))
        return
    ContractVersion.objects.filter(pk=version.pk).update(effective_to=at)
    version.effective_to = at
    show_in_time([version], actor=actor, at=at)


def made_version(locked: Enrollment, terms: Terms, at: datetime) -> ContractVersion:
    """Write terms as the next draft of a deal that is locked."""
    last = ContractVersion.objects.filter(enrollment=locked).aggregate(last=Max("number"))["last"] or 0
    return ContractVersion.objects.create(
        enrollment=locked, number=last + 1, state=ContractState.DRAFT, drafted_at=at, **terms.columns
    )


def refuse(wrong: list[dict[str, str]]) -> None:
    """Raise InvalidInput with all that is wrong, if anything is."""
    if wrong:
        raise InvalidInput(errors=wrong)


def refuse_backwards(enrollment_id: int, currency: str, begins: datetime, field: str) -> None:
    """Refuse terms that would begin before, or with, those they follow. Raises ContractBackwards."""
    last = open_version(enrollment_id, currency)
    if last is not None and not decide.follows(begins, last.effective_from):
        since = last.effective_from.isoformat() if last.effective_from else ""
        raise ContractBackwards(
            sentence("%(last)s already is agreed on from %(since)s on.", last=last, since=since), field=field
        )
