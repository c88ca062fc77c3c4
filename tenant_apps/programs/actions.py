from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from kernel.actor import Actor
from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from kernel.payload import Payload
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.rules import parse_contract
from tenant_apps.programs import rules as decide
from tenant_apps.programs.errors import AlreadyEnrolled, CodeTaken, ContractBackwards, EnrollmentNotActive
from tenant_apps.programs.events import PartnerEnrolled
from tenant_apps.programs.models import ContractVersion, Enrollment, Link, Program
from tenant_apps.programs.states import CONTRACT, ContractState, EnrollmentState, Role


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
        raise InvalidInput(field="role", message=f"must be one of {', '.join(Role)}")
    try:
        with transaction.atomic():
            enrollment = Enrollment.objects.create(
                program=program, partner_ref=partner_ref, partner_name=name.strip(), role=role, enrolled_at=at,
                partner_email=normalized_email(email),
            )  # fmt: skip
    except IntegrityError as known:
        raise AlreadyEnrolled(f"{name} already is a {role} in {program}.") from known
    record(
        actor=actor, verb="enrollment.begun", subject=enrollment, at=at, after={"partner": partner_ref, "role": role}
    )
    publish(PartnerEnrolled(partner_ref=partner_ref, enrollment_ref=enrollment.public_id, at=at))
    return enrollment


@transaction.atomic
def set_contract(
    *, enrollment: Enrollment, currency: str, rules: list[Any], hold_days: int, minimum_payout_minor: int,
    negative: str, effective_from: datetime, actor: Actor, at: datetime,
) -> ContractVersion:  # fmt: skip
    """Agree on terms from an instant on: the open version of the currency ends where this one begins.

    `rules` is the ordered list of the commission engine, refused by path when it does not parse
    (`rules[1].pay.rate`). Raises InvalidInput, EnrollmentNotActive, ContractBackwards.
    """
    wrong = decide.wrong_terms(hold_days=hold_days, minimum_payout_minor=minimum_payout_minor, negative=negative)
    if wrong:
        raise InvalidInput(errors=wrong)
    parse_contract(Payload({"currency": currency, "rules": rules}))
    locked = _active(enrollment)
    open_version = ContractVersion.objects.filter(
        enrollment=locked, currency=currency, effective_from__isnull=False, effective_to=None
    ).first()
    if open_version is not None and open_version.effective_from is not None:
        if not decide.follows(effective_from, open_version.effective_from):
            raise ContractBackwards(
                f"{open_version} already is in effect since {open_version.effective_from.isoformat()}."
            )
        change_state(open_version, CONTRACT, ContractState.ENDED, actor=actor, at=at, effective_to=effective_from)
    last = ContractVersion.objects.filter(enrollment=locked).aggregate(last=Max("number"))["last"] or 0
    version = ContractVersion.objects.create(
        enrollment=locked, number=last + 1, currency=currency, rules=rules, hold_days=hold_days,
        minimum_payout_minor=minimum_payout_minor, negative=negative, effective_from=effective_from,
    )  # fmt: skip
    record(
        actor=actor, verb="contract.set", subject=version, at=at,
        after={"number": version.number, "currency": currency, "rules": rules, "from": effective_from.isoformat()},
    )  # fmt: skip
    return version


@transaction.atomic
def create_link(*, enrollment: Enrollment, code: str, actor: Actor, at: datetime, campaign: str = "") -> Link:
    """Give an enrollment a code that carries credit, kept in lower case.

    Raises InvalidInput, EnrollmentNotActive, CodeTaken.
    """
    code = decide.normalized_code(code)
    wrong = decide.wrong_code(code)
    if len(campaign) > 80:
        wrong.append({"field": "campaign", "message": "must have at most 80 characters"})
    if wrong:
        raise InvalidInput(errors=wrong)
    locked = _active(enrollment)
    try:
        with transaction.atomic():
            link = Link.objects.create(enrollment=locked, code=code, campaign=campaign, created_at=at)
    except IntegrityError as taken:
        raise CodeTaken(f"The code {code} is already in use.", field="code") from taken
    record(actor=actor, verb="link.created", subject=link, at=at, after={"code": code, "campaign": campaign})
    return link


def _active(enrollment: Enrollment) -> Enrollment:
    locked = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    if locked.state != EnrollmentState.ACTIVE:
        raise EnrollmentNotActive(f"{locked} is {locked.state}.")
    return locked
