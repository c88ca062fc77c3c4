"""An earning and the reversals that move with it, locked together."""

from collections.abc import Iterable

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import Kind


def locked_groups(originals: Iterable[int]) -> list[list[Commission]]:
    """Lock earnings by primary key, each with its reversals: `[[earning, reversal, …], …]`.

    The earning's row is the lock of its group: who writes a reversal holds it. So the reversals are
    read after it is taken. In order of key, so that two writers never wait for each other.
    """
    earnings = list(
        Commission.objects.select_for_update().filter(pk__in=list(originals), kind=Kind.EARNING).order_by("pk")
    )
    reversals: dict[int, list[Commission]] = {}
    for line in Commission.objects.filter(reverses__in=earnings, kind=Kind.REVERSAL).order_by("pk"):
        reversals.setdefault(line.reverses_id or 0, []).append(line)
    return [[earning, *reversals.get(earning.pk, [])] for earning in earnings]
