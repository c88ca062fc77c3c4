"""What is locked together: an order's accrual, an enrollment's progress, an earning and its reversals."""

from collections.abc import Iterable

from django.db import connection

from shared_apps.brands.entering import entered_brand
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import ORIGINALS, Kind


def locked_groups(originals: Iterable[int]) -> list[list[Commission]]:
    """Lock earnings by primary key, each with its reversals: `[[earning, reversal, …], …]`.

    The earning's row is the lock of its group: who writes a reversal holds it. So the reversals are
    read after it is taken. In order of key, so that two writers never wait for each other.
    """
    earnings = list(
        Commission.objects.select_for_update().filter(pk__in=list(originals), kind__in=ORIGINALS).order_by("pk")
    )
    reversals: dict[int, list[Commission]] = {}
    for line in Commission.objects.filter(reverses__in=earnings, kind=Kind.REVERSAL).order_by("pk"):
        reversals.setdefault(line.reverses_id or 0, []).append(line)
    return [[earning, *reversals.get(earning.pk, [])] for earning in earnings]


def lock_accrual(order_ref: str) -> None:
    """Let one writer at a time decide whether the order's commissions are written, until it commits."""
    _lock(f"accrual:{order_ref}")


def lock_progress(enrollment_id: int) -> None:
    """Let one sale at a time look at what an enrollment earned before: two at once must not share a cap."""
    _lock(f"progress:{enrollment_id}")


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{entered_brand().schema_name}:commission:{name}"],
        )
