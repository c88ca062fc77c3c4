from datetime import datetime

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.programs.actions.agreeing import end_version
from tenant_apps.programs.actions.drafting import take_back
from tenant_apps.programs.actions.locking import locked_deal
from tenant_apps.programs.errors import AlreadyEnrolled
from tenant_apps.programs.events import EnrollmentChanged, PartnerEnrolled
from tenant_apps.programs.models import ContractVersion, Enrollment, Program
from tenant_apps.programs.states import ENROLLMENT, ContractState, EnrollmentState, Role


@transaction.atomic
def ensure_program(*, name: str, at: datetime) -> Program:
    """Return the program with this name, made now if it is new."""
    return Program.objects.get_or_create(name=name, defaults={"created_at": at})[0]


@transaction.atomic
def enroll_partner(
    *, program: Program, partner_ref: str, name: str, email: str, role: str, actor: Actor, at: datetime
) -> Enrollment:
    """Begin a partner's deal with this brand in one role.

    Keeps its own copy of name and e-mail: schemas stay movable. Raises InvalidInput, AlreadyEnrolled.
    """
    if role not in list(Role):
        raise InvalidInput(field="role", message=sentence("must be one of %(choices)s", choices=", ".join(Role)))
    try:
        with transaction.atomic():
            enrollment = Enrollment.objects.create(
                program=program, partner_ref=partner_ref, partner_name=name.strip(), role=role, enrolled_at=at,
                partner_email=normalized_email(email),
            )  # fmt: skip
    except IntegrityError as known:
        raise AlreadyEnrolled(
            sentence("%(name)s already is a %(role)s in %(program)s.", name=name, role=role, program=program)
        ) from known
    record(
        actor=actor, verb="enrollment.begun", subject=enrollment, at=at, after={"partner": partner_ref, "role": role}
    )
    publish(PartnerEnrolled(partner_ref=partner_ref, enrollment_ref=enrollment.public_id, at=at))
    return enrollment


@transaction.atomic
def set_paper_rule(*, program: Program, on_paper: str, actor: Actor, at: datetime) -> Program:
    """Decide which versions operators may record as signed on paper. Raises InvalidInput."""
    if on_paper not in list(Program.OnPaper):
        raise InvalidInput(
            field="on_paper", message=sentence("must be one of %(choices)s", choices=", ".join(Program.OnPaper))
        )
    locked = Program.objects.select_for_update().get(pk=program.pk)
    was, locked.on_paper = locked.on_paper, on_paper
    locked.save(update_fields=["on_paper"])
    record(actor=actor, verb="program.on_paper", subject=locked, at=at, before={"on_paper": was},
           after={"on_paper": on_paper})  # fmt: skip
    return locked


@transaction.atomic
def pause_enrollment(*, enrollment: Enrollment, reason: str, actor: Actor, at: datetime) -> Enrollment:
    """Stop a deal for now: its links earn no credit and it gets no new links or terms. Raises IllegalTransition."""
    return _moved(enrollment, EnrollmentState.PAUSED, reason, actor, at)


@transaction.atomic
def resume_enrollment(*, enrollment: Enrollment, reason: str, actor: Actor, at: datetime) -> Enrollment:
    """Let a paused deal go on. Raises IllegalTransition."""
    return _moved(enrollment, EnrollmentState.ACTIVE, reason, actor, at)


@transaction.atomic
def end_enrollment(*, enrollment: Enrollment, reason: str, actor: Actor, at: datetime) -> Enrollment:
    """End a deal: its terms end now, what was not answered is withdrawn, what was earned stays earned.

    A version that was agreed on and has not begun never begins. Raises IllegalTransition.
    """
    ended = _moved(enrollment, EnrollmentState.ENDED, reason, actor, at)
    for version in ContractVersion.objects.filter(enrollment=ended).order_by("effective_from"):
        if version.state in (ContractState.DRAFT, ContractState.PROPOSED):
            take_back(version, actor=actor, at=at, reason=reason)
        elif version.effective_from is not None and (version.effective_to is None or version.effective_to > at):
            end_version(version, actor=actor, at=at, reason=reason)
    return ended


def _moved(enrollment: Enrollment, to: EnrollmentState, reason: str, actor: Actor, at: datetime) -> Enrollment:
    if not reason.strip():
        raise InvalidInput(field="reason", message="must not be blank")
    locked = locked_deal(enrollment.pk)
    change_state(locked, ENROLLMENT, to, actor=actor, at=at, reason=reason.strip())
    publish(EnrollmentChanged(at=at, partner_ref=locked.partner_ref, enrollment_ref=locked.public_id, state=to))
    return locked
