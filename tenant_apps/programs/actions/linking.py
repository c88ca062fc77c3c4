from datetime import datetime

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.programs import rules as decide
from tenant_apps.programs.actions.locking import active_deal
from tenant_apps.programs.errors import CodeTaken
from tenant_apps.programs.models import Enrollment, Link


@transaction.atomic
def create_link(
    *, enrollment: Enrollment, code: str, actor: Actor, at: datetime, campaign: str = "", kind: str = Link.Kind.LINK
) -> Link:
    """Give an enrollment a code that carries credit, kept in lower case: for addresses, or typed with an order.

    Raises InvalidInput, EnrollmentNotActive, CodeTaken.
    """
    code = decide.normalized_code(code)
    wrong = decide.wrong_code(code)
    if len(campaign) > 80:
        wrong.append({"field": "campaign", "message": "must have at most 80 characters"})
    if kind not in Link.Kind.values:
        wrong.append(
            {"field": "kind", "message": sentence("must be one of %(choices)s", choices=", ".join(Link.Kind.values))}
        )
    if wrong:
        raise InvalidInput(errors=wrong)
    locked = active_deal(enrollment.pk)
    try:
        with transaction.atomic():
            link = Link.objects.create(enrollment=locked, code=code, kind=kind, campaign=campaign, created_at=at)
    except IntegrityError as taken:
        raise CodeTaken(sentence("The code %(code)s is already in use.", code=code), field="code") from taken
    record(
        actor=actor, verb="link.created", subject=link, at=at, after={"code": code, "kind": kind, "campaign": campaign}
    )
    return link
