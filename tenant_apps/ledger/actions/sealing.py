from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from kernel.hashtree import NO_HASH, merkle_root, seal_hash
from shared_apps.audit.forever import decided_up_to
from shared_apps.brands.entering import entered_brand
from tenant_apps.ledger.errors import BooksBusy
from tenant_apps.ledger.models import Entry, Seal
from tenant_apps.ledger.proof import head_of, leaves_of, sealable, sealed_row

MOST_SEALED = 10_000
ENTRIES = Entry._meta.db_table


def seal_books(*, at: datetime, patience: float = 10.0) -> list[Seal]:
    """Seal what was booked since the last seal; return the new seals, none when there is nothing new.

    Up to a safe bound only: everything at or below it is committed or gone, and nothing can come there
    any more (see `watermark`). An advisory lock makes simultaneous sealers follow each other. A seal takes
    at most MOST_SEALED entries, so its size and the memory of this are bounded. `patience` is in seconds.
    Raises BooksBusy.
    """
    bound = watermark(patience)
    made: list[Seal] = []
    while (seal := _seal_next(bound, at)) is not None:
        made.append(seal)
    return made


def watermark(patience: float) -> int:
    """Return an entry id at or below which nothing is in flight (see `decided_up_to`). Raises BooksBusy."""
    bound = decided_up_to([ENTRIES], patience).get(ENTRIES)
    if bound is None:
        raise BooksBusy("Somebody is still booking; nothing was sealed. Try again.")
    return bound


@transaction.atomic
def _seal_next(bound: int, at: datetime) -> Seal | None:
    brand = entered_brand()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger.seal'), hashtext(%s))", [brand.schema_name])
    last = Seal.objects.defer("sealed_rows").order_by("-number").first()
    fresh = Entry.objects.filter(pk__gt=last.last_entry_id if last else 0, pk__lte=bound)
    rows = [sealed_row(entry) for entry in sealable(fresh)[:MOST_SEALED]]
    if not rows:
        return None
    seal = Seal(
        number=last.number + 1 if last else 1, day=at.astimezone(ZoneInfo(brand.timezone)).date(),
        first_entry_id=rows[0][0], last_entry_id=rows[-1][0], entries_count=len(rows),
        root=merkle_root(leaves_of(rows)), previous_hash=last.hash if last else NO_HASH, sealed_rows=rows, sealed_at=at,
    )  # fmt: skip
    seal.hash = seal_hash(head_of(seal))
    seal.save(force_insert=True)
    return seal
