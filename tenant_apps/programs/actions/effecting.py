from datetime import datetime

from django.db import transaction

from kernel.actor import Actor, system
from tenant_apps.programs.actions.agreeing import show_in_time
from tenant_apps.programs.actions.locking import locked_deal
from tenant_apps.programs.models import ContractVersion
from tenant_apps.programs.queries import deals_with_due_versions

CLOCK = system("programs")


def bring_into_effect(*, at: datetime, actor: Actor = CLOCK) -> int:
    """Say of versions whose instants have come that they are in effect, or have ended; return how many.

    People read the states and events tell of them; which terms an order is paid by was decided by the
    instants all along, so it does not matter how late this runs. One deal is one transaction.
    """
    moved = 0
    for enrollment_id in deals_with_due_versions(at):
        with transaction.atomic():
            locked_deal(enrollment_id)
            versions = ContractVersion.objects.select_related("enrollment").filter(enrollment_id=enrollment_id)
            moved += show_in_time(list(versions.order_by("effective_from")), actor=actor, at=at)
    return moved
