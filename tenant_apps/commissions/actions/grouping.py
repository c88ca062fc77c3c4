"""What is locked together: an order's accrual, an enrollment's progress, an earning and what moves with it."""

from collections.abc import Iterable

from django.db import connection

from kernel.sentences import sentence
from shared_apps.brands.entering import entered_brand
from tenant_apps.commissions.errors import NotAnEarning
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import ORIGINALS, Kind


def locked_groups(originals: Iterable[int]) -> list[list[Commission]]:
    """Lock originals by primary key, each with what moves with it: `[[earning, reversal, …], …]`.

    The original's row is the lock of its group: who writes a companion holds it. So the companions are
    read after it is taken. In order of key, so that two writers never wait for each other. Keys of lines
    that move with another one are passed over.
    """
    heads = list(
        Commission.objects.select_for_update()
        .filter(pk__in=list(originals), kind__in=ORIGINALS, moves_with=None).order_by("pk")
    )  # fmt: skip
    companions: dict[int, list[Commission]] = {}
    for line in Commission.objects.filter(moves_with__in=heads).order_by("pk"):
        companions.setdefault(line.moves_with_id or 0, []).append(line)
    return [[head, *companions.get(head.pk, [])] for head in heads]


def check_moves_alone(commission: Commission) -> None:
    """Raise NotAnEarning for a line whose state is that of another one."""
    if commission.moves_with_id or not Kind(commission.kind).is_original:
        raise NotAnEarning(
            sentence("%(public_id)s moves with its original.", public_id=commission.public_id),
            commission=commission.public_id,
        )


def lock_accrual(order_ref: str) -> None:
    """Let one writer at a time decide whether the order's commissions are written, until it commits."""
    _lock(f"accrual:{order_ref}")


def lock_progress(partner_ref: str) -> None:
    """Let one writer at a time look at what a partner earned before: two at once must not share a cap."""
    _lock(f"progress:{partner_ref}")


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{entered_brand().schema_name}:commission:{name}"],
        )
