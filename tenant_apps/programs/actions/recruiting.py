from datetime import datetime

from django.db import connection, transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.brands.entering import entered_brand
from tenant_apps.programs.errors import RecruiterLoop
from tenant_apps.programs.models import Enrollment


@transaction.atomic
def set_recruiter(*, enrollment: Enrollment, recruiter: Enrollment | None, actor: Actor, at: datetime) -> Enrollment:
    """Say who brought a partner, None for nobody; levels of later sales go there, earlier ones stay.

    One writer at a time looks at the chain, so two cannot close a loop together. Nobody is its own
    upline, neither by another role nor through others. Raises RecruiterLoop.
    """
    with connection.cursor() as cursor:
        name = f"{entered_brand().schema_name}:recruiters"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    locked = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    # Read again under the lock: the caller's copy of the chain may be older.
    above = Enrollment.objects.filter(pk=recruiter.pk).first() if recruiter else None
    while above is not None:
        if above.partner_ref == locked.partner_ref:
            raise RecruiterLoop(
                sentence("%(partner_name)s would be above itself.", partner_name=locked.partner_name), field="recruiter"
            )
        above = Enrollment.objects.filter(pk=above.recruited_by_id).first() if above.recruited_by_id else None
    was = locked.recruited_by
    locked.recruited_by = recruiter
    locked.save(update_fields=["recruited_by"])
    record(
        actor=actor, verb="enrollment.recruited", subject=locked, at=at,
        before={"recruiter": was.public_id if was else None},
        after={"recruiter": recruiter.public_id if recruiter else None},
    )  # fmt: skip
    return locked
