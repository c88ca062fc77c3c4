from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.periods import Cadence
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.settlements.actions.closing import wait_for_other_closes
from tenant_apps.settlements.calendar import brand_calendar, brand_zone
from tenant_apps.settlements.models import CadenceChange
from tenant_apps.settlements.queries import closed_until
from tenant_apps.settlements.rules.calendar import changed

# The years that labels such as 2026-05 can name, but for the very ends.
FIRST_YEAR, LAST_YEAR = 2001, 2098


@transaction.atomic
def change_cadence(*, cadence: Cadence, starts_on: date, actor: Actor, at: datetime) -> CadenceChange:
    """Close by month, half-month or week from a local day on; return the change.

    Told again it changes nothing. Takes the lock of closing, so that no period is closed over it meanwhile.
    Raises InvalidInput where the
    day does not begin a period, lies in a closed one or before an earlier change, or nothing would change.
    """
    if not FIRST_YEAR <= starts_on.year <= LAST_YEAR:
        raise InvalidInput(
            field="starts_on",
            message=sentence(
                "must lie between %(first_year)s and %(last_year)s", first_year=FIRST_YEAR, last_year=LAST_YEAR
            ),
        )
    wait_for_other_closes()
    starts_at = datetime.combine(starts_on, time(), tzinfo=ZoneInfo(brand_zone()))
    told_before = CadenceChange.objects.filter(starts_at=starts_at, cadence=cadence).first()
    if told_before is not None:
        return told_before
    changed(brand_calendar(), cadence=cadence, starts_at=starts_at, closed_until=closed_until())
    change = CadenceChange.objects.create(
        cadence=cadence, starts_on=starts_on, starts_at=starts_at, decided_at=at, decided_by=actor.id,
        decided_by_label=actor.label,
    )  # fmt: skip
    facts = {"cadence": cadence.value, "starts_on": starts_on.isoformat()}
    record(actor=actor, verb="cadence.changed", subject=change, at=at, after=facts)
    return change
