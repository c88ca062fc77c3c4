from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.settlements.actions.adjusting import correct_tax
from tenant_apps.settlements.actions.deciding import need_second_person
from tenant_apps.settlements.actions.issuing import Series, freeze, next_number
from tenant_apps.settlements.calendar import brand_zone
from tenant_apps.settlements.documents import credit_note_of, sha256_of
from tenant_apps.settlements.documents.snapshot import snapshot_of
from tenant_apps.settlements.errors import CorrectionOpen, NothingToCorrect
from tenant_apps.settlements.events import CreditNoteIssued
from tenant_apps.settlements.models import Correction, CreditNote, Settlement, Statement
from tenant_apps.settlements.queries import difference_now
from tenant_apps.settlements.states import CORRECTION, CorrectionState


@transaction.atomic
def propose_correction(*, statement: Statement, reason: str, actor: Actor, at: datetime) -> Correction:
    """Propose that a statement says its parties and VAT as they are known now; a second person issues it.

    Raises InvalidInput (reason), CorrectionOpen for a version that was replaced or has a proposal, and
    NothingToCorrect when it says all that already.
    """
    statement = _locked(statement)
    if not 0 < len(reason.strip()) <= 500:
        raise InvalidInput(field="reason", message="must have 1 to 500 characters")
    if statement.corrections.exclude(state=CorrectionState.DECLINED).exists():
        raise CorrectionOpen(sentence("%(number)s has a correction already.", number=statement.number))
    found = difference_now(statement)
    if not found.changes:
        raise NothingToCorrect(
            sentence(
                "%(number)s says what is known now; lines are corrected by further lines.", number=statement.number
            )
        )
    correction = Correction.objects.create(
        statement=statement, reason=reason.strip(), facts=found.facts, vat_minor=found.vat_minor,
        vat_difference_minor=found.vat_minor - statement.vat_minor, proposed_at=at,
        proposed_by=actor.person, proposed_by_label=actor.label,
    )  # fmt: skip
    after = {"statement": statement.number, "vat_difference_minor": correction.vat_difference_minor}
    record(actor=actor, verb="correction.proposed", subject=correction, at=at, after=after, reason=reason)
    return correction


@transaction.atomic
def approve_correction(*, correction: Correction, actor: Actor, at: datetime) -> Statement:
    """Issue the credit note and the next version, as the second person; the old version stays as it is.

    What the VAT differs is booked now and stands in the settlement of the period of now. Raises
    SecondPersonNeeded, and IllegalTransition once it is decided.
    """
    old = _locked(Statement.objects.get(pk=correction.statement_id))
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    need_second_person(correction.proposed_by, actor)
    _decide(correction, CorrectionState.APPROVED, actor, at)
    number, note_number = next_number(Series.STATEMENT, at), next_number(Series.CREDIT_NOTE, at)
    day = at.astimezone(ZoneInfo(brand_zone())).date().isoformat()
    note = credit_note_of(
        old.snapshot, number=note_number, issued_at=at.isoformat(), issued_on=day, replaced_by=number,
        reason=correction.reason,
    )  # fmt: skip
    credit_note = CreditNote.objects.create(
        statement=old, number=note_number, snapshot=note, sha256=sha256_of(note), issued_at=at
    )
    publish(
        CreditNoteIssued(
            credit_note_ref=credit_note.public_id, partner_ref=old.settlement.partner_ref, at=at
        )
    )  # fmt: skip
    snapshot = snapshot_of(
        old.settlement, number=number, version=old.version + 1, issued_at=at, facts=correction.facts,
        vat_minor=correction.vat_minor,
        corrects={
            "number": old.number, "version": old.version, "issued_on": old.snapshot["issued_on"],
            "credit_note": note_number, "reason": correction.reason,
        },
    )  # fmt: skip
    if correction.vat_difference_minor:
        proposed = (correction.proposed_by, correction.proposed_by_label, correction.proposed_at)
        correct_tax(
            old, correction.vat_difference_minor, proposed=proposed, reason=correction.reason, actor=actor, at=at
        )
    return freeze(old.settlement, snapshot, at)


@transaction.atomic
def decline_correction(*, correction: Correction, reason: str, actor: Actor, at: datetime) -> Correction:
    """Decline it: the statement stays in force. Raises IllegalTransition once it is decided."""
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    _decide(correction, CorrectionState.DECLINED, actor, at, reason)
    return correction


def _locked(statement: Statement) -> Statement:
    """Return the statement, with its settlement locked as everywhere. Raises CorrectionOpen when it was replaced."""
    Settlement.objects.select_for_update().get(pk=statement.settlement_id)
    found = Statement.objects.select_related("settlement__period").get(pk=statement.pk)
    if Statement.objects.filter(settlement=found.settlement_id, version__gt=found.version).exists():
        raise CorrectionOpen(sentence("A later version has taken the place of %(number)s.", number=found.number))
    return found


def _decide(correction: Correction, to: CorrectionState, actor: Actor, at: datetime, reason: str = "") -> None:
    change_state(
        correction, CORRECTION, to, actor=actor, at=at, reason=reason, decided_at=at,
        decided_by=actor.person, decided_by_label=actor.label,
    )  # fmt: skip
