from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from kernel.hashtree import NO_HASH, merkle_root, row_hash, seal_hash
from shared_apps.audit.forever import LOWEST_ID, Table, decided_up_to, recorded_tables, rows_of
from shared_apps.audit.models import RecordSeal
from shared_apps.audit.proof import Part, head_of, leaves_of
from shared_apps.brands.postgresql.base import connected

MOST_SEALED = 10_000


def seal_record(*, at: datetime, patience: float = 10.0) -> list[RecordSeal]:
    """Seal the rows of the entered schema that are for ever and in no seal yet; return the new seals.

    Of each table up to a safe bound only: everything at or below it is committed or gone (see
    `decided_up_to`). Who still writes into a table after `patience` seconds leaves it to the next night.
    An advisory lock makes simultaneous sealers follow each other. A seal takes at most MOST_SEALED rows.
    """
    tables = recorded_tables()
    decided = decided_up_to([table.name for table in tables], patience)
    made: list[RecordSeal] = []
    while (seal := _seal_next([table for table in tables if table.name in decided], decided, at)) is not None:
        made.append(seal)
    return made


@transaction.atomic
def _seal_next(tables: list[Table], decided: dict[str, int], at: datetime) -> RecordSeal | None:
    tenant = connected().tenant
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit.seal'), hashtext(%s))", [tenant.schema_name])
    last = RecordSeal.objects.defer("parts").order_by("-number").first()
    bounds = dict(last.bounds) if last else {}
    parts: list[Part] = []
    left = MOST_SEALED
    for table in tables:
        found = rows_of(table, after=bounds.get(table.name, LOWEST_ID), up_to=decided[table.name], most=left)
        rows = [[key, row_hash(content)] for key, content in found]
        if rows:
            parts.append({"table": table.name, "columns": list(table.columns), "rows": rows})
            bounds[table.name], left = rows[-1][0], left - len(rows)
    if not parts:
        return None
    seal = RecordSeal(
        number=last.number + 1 if last else 1, day=at.astimezone(ZoneInfo(getattr(tenant, "timezone", "UTC"))).date(),
        bounds=bounds, parts=parts, root=merkle_root(leaves_of(parts)), previous_hash=last.hash if last else NO_HASH,
        sealed_at=at,
    )  # fmt: skip
    seal.hash = seal_hash(head_of(seal))
    seal.save(force_insert=True)
    return seal
